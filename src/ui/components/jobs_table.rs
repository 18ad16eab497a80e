//! The jobs of one page, one row each, kept alive.

use leptos::prelude::*;

use crate::api::jobs_page::jobs_page;
use crate::model::job::{JobId, JobRecord};
use crate::model::job_list::{JobList, JobsPage};
use crate::model::user::Role;
use crate::ui::components::held_frame::HeldFrame;
use crate::ui::components::job_changes::{Verb, Which, ask};
use crate::ui::components::job_row::{JobForm, JobRow, RowActions};
use crate::ui::components::lane_tiles::LaneTiles;
use crate::ui::components::live_page::Frame;
use crate::ui::held_list::HeldList;
use crate::ui::jobs_filter::JobsFilter;
use crate::ui::refetch::{Questions, when_there_is_news};

/// Tiles, table, and what may be done with several jobs at once.
#[component]
pub fn JobsTable(
    /// What the page is given.
    frame: Frame,
    /// What it shows.
    filter: JobsFilter,
    /// The jobs as they stood when it was rendered.
    page: JobsPage,
) -> impl IntoView {
    let live = frame.live;
    let first_lanes = page.lanes.clone();
    let list = HeldList::new(page);
    let HeldList { shown, hold, .. } = list;
    let lanes = Signal::derive(move || live.news.lanes().unwrap_or_else(|| first_lanes.clone()));
    let actions = (frame.role >= Role::Operator).then(|| RowActions { ticked: RwSignal::new(Vec::new()) });
    let (questions, asked) = (Questions::new(), filter.clone());
    let moved_before = StoredValue::new(live.news.own_moves());
    let again = move || {
        let JobsFilter { service, state, q, cursor } = asked.clone();
        let own_moves = live.news.own_moves();
        questions.ask(jobs_page(service, state, q, cursor), move |fresh| {
            live.news.set_lanes(fresh.lanes.clone());
            if let Some(RowActions { ticked }) = actions {
                ticked.update(|ticked| ticked.retain(|id| fresh.jobs.iter().any(|job| job.id == *id)));
            }
            list.take_in(fresh, own_moves != moved_before.get_value());
            moved_before.set_value(own_moves);
        });
    };
    let is_live = Memo::new(move |_| live.connection().is_live());
    when_there_is_news(move || (live.news.moves(), is_live.get()), again);
    let ids = move || shown.read().jobs.iter().map(|job| job.id.clone()).collect::<Vec<JobId>>();
    let is_empty = Memo::new(move |_| shown.read().jobs.is_empty());
    let next = Memo::new(move |_| shown.read().next.clone());
    let (pager, empty) = (filter.clone(), filter.clone());
    let row = move |id: JobId| {
        let known = id.clone();
        let is_gone = Memo::new(move |_| list.is_gone(&known));
        let first = shown.with_untracked(|page| page.jobs.iter().find(|job| job.id == id).cloned());
        let job: Memo<Option<JobRecord>> =
            Memo::new(move |_| shown.read().jobs.iter().find(|job| job.id == id).cloned());
        first.map(|first| view! { <JobRow frame first job is_gone actions/> })
    };
    view! {
        <LaneTiles filter=filter.clone() lanes/>
        {actions.map(|actions| view! {
            <JobForm/>
            <BulkActions frame filter=filter.clone() actions lanes/>
        })}
        <HeldFrame live hold words="List changed" has_moved=Signal::derive(move || list.has_moved()) apply=Callback::new(move |()| list.apply())>
            <table class="list jobs">
                <caption class="only-heard">"Jobs"</caption>
                <thead>
                    <tr>
                        {actions.map(|_| view! { <th class="needs-script"><span class="only-heard">"Select"</span></th> })}
                        <th scope="col">"Status"</th>
                        <th scope="col">"Job"</th>
                        <th scope="col">"Lane"</th>
                        <th scope="col" class="number">"Attempts"</th>
                        <th scope="col" class="number">"Queued"</th>
                        <th scope="col" class="number">"Since"</th>
                        <th scope="col">"Message"</th>
                        {actions.map(|_| view! { <th scope="col" class="end">"Actions"</th> })}
                    </tr>
                </thead>
                <tbody node_ref=hold.rows on:focusin=move |_| hold.focus() on:focusout=move |event| hold.blur(&event)>
                    <For each=ids key=JobId::clone children=row/>
                </tbody>
            </table>
            <Show when=move || is_empty.get()>
                <Empty filter=empty.clone()/>
            </Show>
        </HeldFrame>
        <p class="pager">
            {(!pager.cursor.is_empty()).then(|| view! { <a href=pager.page(String::new())>"First page"</a> })}
            {move || next.get().map(|next| view! { <a href=pager.page(next)>"Next page"</a> })}
        </p>
    }
}

/// Why there is nothing, and what next.
#[component]
fn Empty(
    /// What the page shows.
    filter: JobsFilter,
) -> impl IntoView {
    let is_filtered = filter != JobsFilter::default();
    view! {
        <div class="empty">
            {if is_filtered {
                view! {
                    <p class="empty-title">"No jobs match these filters."</p>
                    <p><a href="/jobs">"Clear filters"</a></p>
                }.into_any()
            } else {
                view! {
                    <p class="empty-title">"There are no jobs."</p>
                    <p>"Periodic runs queue them, and so does " <a href="/services">"Sync now"</a> "."</p>
                }.into_any()
            }}
        </div>
    }
}

/// What may be done with several jobs at once.
#[component]
fn BulkActions(
    /// What the page is given.
    frame: Frame,
    /// What it shows.
    filter: JobsFilter,
    /// What may be done with rows.
    actions: RowActions,
    /// How many jobs each service has where.
    lanes: Signal<Vec<crate::model::job_list::LaneCounts>>,
) -> impl IntoView {
    let RowActions { ticked } = actions;
    let service = filter.service.clone();
    let obstacle = Memo::new(move |_| frame.live.connection().obstacle());
    let count = Memo::new(move |_| ticked.read().len());
    let dead = Memo::new(move |_| {
        let lanes = lanes.read();
        let its = lanes.iter().filter(|lanes| service.is_empty() || lanes.service.as_str() == service);
        its.map(|lanes| lanes.dead as usize).sum::<usize>()
    });
    let shows_dead = filter.state == JobList::Dead.name() && filter.q.is_empty();
    let of_ticked = move |verb: Verb| {
        view! {
            <button
                type="button"
                class="button button-small"
                disabled=move || count.get() == 0 || obstacle.get().is_some()
                title=move || obstacle.get()
                on:click=move |_| ask(frame, verb, Which::Ticked(ticked.get_untracked()))
            >
                {move || format!("{} selected ({})", verb.word(), count.get())}
            </button>
        }
    };
    let of_all = move |verb: Verb| {
        let service = filter.service.clone();
        let which = move || Which::AllDead { service: service.clone(), count: dead.get_untracked() };
        view! {
            <button
                type="button"
                class="button button-small"
                disabled=move || dead.get() == 0 || obstacle.get().is_some()
                title=move || obstacle.get()
                on:click=move |_| ask(frame, verb, which())
            >
                {format!("{} all dead", verb.word())}
            </button>
        }
    };
    view! {
        <div class="bulk needs-script" role="group" aria-label="Several jobs at once">
            {[Verb::Retry, Verb::Discard].map(of_ticked).collect_view()}
            {shows_dead.then(|| [Verb::Retry, Verb::Discard].map(of_all).collect_view())}
        </div>
    }
}
