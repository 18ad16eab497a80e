//! One job of the table.

use leptos::prelude::*;

use crate::model::job::{JobId, JobRecord, JobState};
use crate::ui::address::address;
use crate::ui::components::flash::flash;
use crate::ui::components::job_changes::{Verb, Which, ask};
use crate::ui::components::job_pill::JobPill;
use crate::ui::components::live_page::Frame;
use crate::ui::components::time_ago::TimeAgo;

/// What the operator may do with rows; there is none for a viewer.
#[derive(Clone, Copy)]
pub struct RowActions {
    /// The jobs that are ticked.
    pub ticked: RwSignal<Vec<JobId>>,
}

/// What a row says that is no longer listed.
const GONE: &str = "This job is not on this page of the list any more.";

/// A row; each cell is drawn again only when what it shows changes, so that focus and tick stay where they are.
#[component]
pub fn JobRow(
    /// What the page is given.
    frame: Frame,
    /// The job as it stood when the row appeared.
    first: JobRecord,
    /// The job as it stands.
    job: Memo<Option<JobRecord>>,
    /// Whether it is no longer listed, and stands there only so that nothing moves.
    is_gone: Memo<bool>,
    /// What may be done with it.
    actions: Option<RowActions>,
) -> impl IntoView {
    let clock = frame.live.clock;
    let id = first.id.clone();
    let place = address(&format!("/jobs/{id}"), &[]);
    let known = first.clone();
    let job = Memo::new(move |_| job.get().unwrap_or_else(|| known.clone()));
    let state = Memo::new(move |_| job.read().state);
    let lane = Memo::new(move |_| job.read().lane.name());
    let attempts = Memo::new(move |_| job.read().attempts);
    let moment = Memo::new(move |_| latest(&job.read()));
    let words = Memo::new(move |_| said(&job.read()));
    let worker = Memo::new(move |_| job.read().worker.clone().filter(|_| state.get() == JobState::Running));
    let state_flash = flash(move || state.get());
    let name = format!("{} {}", first.service, first.subject);
    view! {
        <tr data-job=id.0.clone() class:gone=move || is_gone.get() title=move || is_gone.get().then_some(GONE)>
            {actions.map(|RowActions { ticked }| {
                let (one, other) = (id.clone(), id.clone());
                let toggle = move |_| ticked.update(|ticked| {
                    if ticked.contains(&one) { ticked.retain(|id| *id != one) } else { ticked.push(one.clone()) }
                });
                view! {
                    <td data-cell="tick" class="needs-script">
                        <input
                            type="checkbox"
                            aria-label=format!("Select {name}")
                            prop:checked=move || ticked.read().contains(&other)
                            on:change=toggle
                        />
                    </td>
                }
            })}
            <td data-cell="state" class=state_flash>{move || view! { <JobPill state=state.get()/> }}</td>
            <th scope="row" data-cell="job">
                <a href=place>{first.subject.to_string()}</a>
                <span class="under">{first.service.to_string()}</span>
            </th>
            <td data-cell="lane" data-label="Lane">{lane}</td>
            <td data-cell="attempts" data-label="Attempts" class="number">{attempts}</td>
            <td data-cell="queued" data-label="Queued" class="number"><TimeAgo moment=first.created_at clock/></td>
            <td data-cell="latest" data-label="Since" class="number">
                {move || moment.get().map(|moment| view! { <TimeAgo moment clock/> })}
            </td>
            <td data-cell="words">
                {words}
                {move || worker.get().map(|worker| view! { <span class="under">{worker}</span> })}
            </td>
            {actions.map(|_| view! {
                <td data-cell="actions" class="end"><JobButtons frame job/></td>
            })}
        </tr>
    }
}

/// By which the buttons of jobs find their form.
const FORM: &str = "job-form";

/// The form of all jobs' buttons, once on a page: without a script each button posts its own job by it. Many rows are sent, and
/// a form in each would be most of them.
#[component]
pub fn JobForm() -> impl IntoView {
    view! { <form id=FORM method="post"></form> }
}

/// The buttons for what can be done with a job in its state. They need a [`JobForm`] on their page.
#[component]
pub fn JobButtons(
    /// What the page is given.
    frame: Frame,
    /// The job.
    #[prop(into)]
    job: Signal<JobRecord>,
) -> impl IntoView {
    let state = Memo::new(move |_| job.read().state);
    let id = Memo::new(move |_| job.read().id.0.clone());
    let obstacle = Memo::new(move |_| frame.live.connection().obstacle());
    [Verb::Retry, Verb::Discard]
        .map(|verb| {
            let can = Memo::new(move |_| verb.fits(state.get()));
            view! {
                <Show when=move || can.get()>
                    <button
                        form=FORM
                        formaction=verb.path()
                        name="ids[0]"
                        value=move || id.get()
                        class="button button-small"
                        disabled=move || obstacle.get().is_some()
                        title=move || obstacle.get()
                        on:click=move |event| {
                            event.prevent_default();
                            ask(frame, verb, Which::One(Box::new(job.get_untracked())));
                        }
                    >
                        {verb.word()}
                    </button>
                </Show>
            }
        })
        .into_iter()
        .collect_view()
}

/// When the job came where it is now, or when it is due.
fn latest(job: &JobRecord) -> Option<u64> {
    match job.state {
        JobState::Waiting => None,
        JobState::Running | JobState::Retrying => job.started_at,
        JobState::Done | JobState::Dead => job.finished_at,
    }
}

/// How it ended, or what went wrong last.
fn said(job: &JobRecord) -> String {
    let words = if matches!(job.state, JobState::Done | JobState::Dead) { &job.message } else { &job.last_error };
    words.clone().unwrap_or_default()
}
