//! How many jobs are where, each count a filter.

use leptos::prelude::*;

use crate::model::job_list::{JobList, LaneCounts};
use crate::ui::format;
use crate::ui::jobs_filter::JobsFilter;

/// A row of links with live counts.
#[component]
pub fn LaneTiles(
    /// What the page shows now.
    filter: JobsFilter,
    /// How many jobs each service has where.
    #[prop(into)]
    lanes: Signal<Vec<LaneCounts>>,
) -> impl IntoView {
    let service = filter.service.clone();
    let tile = move |list: Option<JobList>| {
        let name = list.map_or("", JobList::name);
        let is_chosen = filter.state == name;
        let href = JobsFilter { state: name.to_owned(), cursor: String::new(), ..filter.clone() }.address();
        let service = service.clone();
        let count = Memo::new(move |_| {
            let lanes = lanes.read();
            let its = lanes.iter().filter(|lanes| service.is_empty() || lanes.service.as_str() == service);
            list.and_then(|list| its.map(|lanes| lanes.of(list)).sum::<Option<u64>>())
        });
        view! {
            <a class="tile" href=href aria-current=is_chosen.then_some("true") data-list=name>
                <span class="tile-count">{move || count.get().map(|count| format::count(&count.to_string()))}</span>
                <span class="tile-label">{label(list)}</span>
            </a>
        }
    };
    let lists = [None].into_iter().chain(SHOWN.map(Some));
    view! { <nav class="tiles" aria-label="Jobs by where they are">{lists.map(tile).collect_view()}</nav> }
}

/// In the order in which a job goes through them.
const SHOWN: [JobList; 6] =
    [JobList::Priority, JobList::Background, JobList::Running, JobList::Retrying, JobList::Dead, JobList::Done];

const fn label(list: Option<JobList>) -> &'static str {
    match list {
        None => "All jobs",
        Some(JobList::Priority) => "Priority waiting",
        Some(JobList::Background) => "Background waiting",
        Some(JobList::Running) => "Running",
        Some(JobList::Retrying) => "Retrying",
        Some(JobList::Dead) => "Dead",
        Some(JobList::Done) => "Lately done",
    }
}
