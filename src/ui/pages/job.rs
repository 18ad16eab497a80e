//! One job: where it stands and what became of each attempt.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;
use leptos_router::{LazyRoute, lazy_route};

use crate::api::error::ApiError;
use crate::api::job_detail::job_detail;
use crate::model::job::JobId;
use crate::model::job_history::{AttemptOutcome, JobAttempt, JobDetail};
use crate::model::user::Role;
use crate::ui::components::header::Tab;
use crate::ui::components::job_changes::REFUSED;
use crate::ui::components::job_pill::JobPill;
use crate::ui::components::job_row::{JobButtons, JobForm};
use crate::ui::components::live_page::{Frame, LivePage, StaleNotice};
use crate::ui::components::refused_form::RefusedForm;
use crate::ui::components::time_ago::TimeAgo;
use crate::ui::components::unread::Unread;
use crate::ui::format;
use crate::ui::refetch::{Questions, when_there_is_news};

/// `/jobs/{id}`.
pub struct JobPage;

#[lazy_route]
impl LazyRoute for JobPage {
    fn data() -> Self {
        Self
    }

    fn view(_page: Self) -> AnyView {
        let content = Callback::new(|frame| view! { <Job frame/> }.into_any());
        view! { <LivePage title="Job" tab=Tab::Jobs content/> }.into_any()
    }
}

#[component]
fn Job(
    /// What the page is given.
    frame: Frame,
) -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| JobId(params.read().get("id").unwrap_or_default()));
    let detail = Resource::new_blocking(move || id.get(), job_detail);
    let again = Callback::new(move |()| detail.refetch());
    view! {
        <p class="back"><a href="/jobs">"← Jobs"</a></p>
        <StaleNotice live=frame.live what="The job"/>
        <RefusedForm words=REFUSED/>
        <Transition>
            {move || Suspend::new(async move {
                match detail.await {
                    Ok(detail) => view! { <Detail frame detail/> }.into_any(),
                    Err(ApiError::NotFound { .. }) => view! {
                        <Title text="Not found"/>
                        <h1>"There is no such job"</h1>
                        <p>"A job is kept for a day after it was done, for a week after it died."</p>
                    }.into_any(),
                    Err(error) => view! { <Unread live=frame.live error again/> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn Detail(
    /// What the page is given.
    frame: Frame,
    /// The job as it stood when it was rendered.
    detail: JobDetail,
) -> impl IntoView {
    let live = frame.live;
    let (id, subject) = (detail.record.id.clone(), detail.record.subject.to_string());
    let (questions, asked) = (Questions::new(), id.clone());
    let shown = RwSignal::new(detail);
    let again = move || questions.ask(job_detail(asked.clone()), move |fresh| shown.set(fresh));
    let is_live = Memo::new(move |_| live.connection().is_live());
    when_there_is_news(move || (live.news.moves(), is_live.get()), again);
    let job = Memo::new(move |_| shown.read().record.clone());
    let facts = move || {
        let job = job.get();
        let moment = |label: &'static str, moment: Option<u64>| {
            moment.map(|moment| view! { <dt>{label}</dt> <dd><TimeAgo moment clock=live.clock/></dd> })
        };
        view! {
            <dl class="job-facts">
                <dt>"Service"</dt> <dd>{job.service.to_string()}</dd>
                <dt>"Lane"</dt> <dd>{job.lane.name()}</dd>
                <dt>"Attempts"</dt> <dd>{job.attempts}</dd>
                {moment("Queued", Some(job.created_at))}
                {moment("Started", job.started_at)}
                {moment("Ended", job.finished_at)}
                {job.next_attempt_at.map(|due| view! { <dt>"Next attempt"</dt> <dd>{format::date_and_time(due)}</dd> })}
                {job.worker.map(|worker| view! { <dt>"Worker"</dt> <dd>{worker}</dd> })}
                {job.message.map(|message| view! { <dt>"Message"</dt> <dd>{message}</dd> })}
                {job.last_error.map(|error| view! { <dt>"Last error"</dt> <dd>{error}</dd> })}
                <dt>"Id"</dt> <dd><code>{job.id.0}</code></dd>
            </dl>
        }
    };
    view! {
        <div class="page-title" data-job=id.0>
            <h1>{format!("Job about {subject}")}</h1>
            {move || view! { <JobPill state=job.read().state/> }}
            {(frame.role >= Role::Operator).then(|| view! { <JobForm/> <div class="bulk"><JobButtons frame job/></div> })}
        </div>
        <div class:not-current=move || !live.is_current()>
            {facts}
            <h2>"Attempts"</h2>
            <Attempts frame history=Signal::derive(move || shown.read().history.clone())/>
        </div>
    }
}

#[component]
fn Attempts(
    /// What the page is given.
    frame: Frame,
    /// The attempts.
    history: Signal<Vec<JobAttempt>>,
) -> impl IntoView {
    let clock = frame.live.clock;
    let row = move |attempt: JobAttempt| {
        let took = attempt.ended_at.map(|ended| format::duration(ended.saturating_sub(attempt.started_at)));
        view! {
            <tr>
                <td data-label="Began" class="number"><TimeAgo moment=attempt.started_at clock/></td>
                <td data-label="Took" class="number">{took}</td>
                <td data-label="Worker">{attempt.worker}</td>
                <td data-label="Ended as">{words(attempt.outcome)}</td>
                <td data-cell="words">{attempt.error}</td>
            </tr>
        }
    };
    view! {
        <div class="table-frame">
            <table class="list">
                <thead>
                    <tr>
                        <th scope="col" class="number">"Began"</th>
                        <th scope="col" class="number">"Took"</th>
                        <th scope="col">"Worker"</th>
                        <th scope="col">"Ended as"</th>
                        <th scope="col">"Error"</th>
                    </tr>
                </thead>
                <tbody>{move || history.get().into_iter().map(row).collect_view()}</tbody>
            </table>
            <Show when=move || history.read().is_empty()>
                <div class="empty"><p class="empty-title">"No worker has taken it yet."</p></div>
            </Show>
        </div>
    }
}

const fn words(outcome: Option<AttemptOutcome>) -> &'static str {
    match outcome {
        None => "Under way",
        Some(AttemptOutcome::Done) => "Done",
        Some(AttemptOutcome::Failed) => "Failed",
        Some(AttemptOutcome::Interrupted) => "Interrupted",
        Some(AttemptOutcome::Lost) => "Worker lost",
    }
}
