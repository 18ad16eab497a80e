//! The jobs of our services: where they are, page by page.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use leptos_router::{LazyRoute, lazy_route};

use crate::api::failure::Failure;
use crate::api::jobs_page::jobs_page;
use crate::model::service::BuiltIn;
use crate::ui::components::header::Tab;
use crate::ui::components::icon::{Icon, IconName};
use crate::ui::components::job_changes::REFUSED;
use crate::ui::components::jobs_table::JobsTable;
use crate::ui::components::live_page::{Frame, LivePage, PageTitle, StaleNotice};
use crate::ui::components::refused_form::RefusedForm;
use crate::ui::components::unread::Unread;
use crate::ui::content_owner::ContentOwner;
use crate::ui::jobs_filter::JobsFilter;

/// `/jobs?service=&state=&q=&cursor=`.
pub struct JobsPage;

#[lazy_route]
impl LazyRoute for JobsPage {
    fn data() -> Self {
        Self
    }

    fn view(_page: Self) -> AnyView {
        let content = Callback::new(|frame| view! { <Jobs frame/> }.into_any());
        view! { <LivePage title="Jobs" tab=Tab::Jobs content/> }.into_any()
    }
}

#[component]
fn Jobs(
    /// What the page is given.
    frame: Frame,
) -> impl IntoView {
    let query = use_query_map();
    let filter = Memo::new(move |_| {
        let query = query.read();
        let value = |name: &str| query.get(name).unwrap_or_default();
        JobsFilter { service: value("service"), state: value("state"), q: value("q"), cursor: value("cursor") }
    });
    let page = Resource::new_blocking(
        move || filter.get(),
        |filter| async move {
            let JobsFilter { service, state, q, cursor } = filter.clone();
            jobs_page(service, state, q, cursor).await.map(|page| (filter, page))
        },
    );
    let again = Callback::new(move |()| page.refetch());
    let content = ContentOwner::new();
    view! {
        <PageTitle title="Jobs" count=String::new()/>
        <StaleNotice live=frame.live what="Jobs"/>
        <RefusedForm words=REFUSED/>
        {move || view! { <Filters filter=filter.get()/> }}
        <Transition>
            {move || Suspend::new(async move {
                match page.await {
                    Ok((filter, page)) => content.render(|| view! { <JobsTable frame filter page/> }.into_any()),
                    Err(Failure { error, .. }) => view! { <Unread live=frame.live error again/> }.into_any(),
                }
            })}
        </Transition>
    }
}

/// By service, and the search; plain links and a plain form.
#[component]
fn Filters(
    /// What the page shows.
    filter: JobsFilter,
) -> impl IntoView {
    let names = [""].into_iter().chain(BuiltIn::ALL.map(BuiltIn::name));
    let of_service = filter.clone();
    let service = move |name: &'static str| {
        let chosen = of_service.service == name;
        let href = JobsFilter { service: name.to_owned(), cursor: String::new(), ..of_service.clone() }.address();
        let label = if name.is_empty() { "All services" } else { name };
        view! { <a class="choice" href=href aria-current=chosen.then_some("true")>{label}</a> }
    };
    view! {
        <div class="filters">
            <nav class="choices" aria-label="Jobs by service">{names.map(service).collect_view()}</nav>
            <form method="get" action="/jobs" class="search-form" role="search">
                <input type="hidden" name="service" value=filter.service.clone()/>
                <input type="hidden" name="state" value=filter.state.clone()/>
                <label class="search">
                    <span class="only-heard">"Search jobs by user, account or id"</span>
                    <Icon name=IconName::Search/>
                    <input type="search" name="q" value=filter.q.clone() placeholder="User, account or job id" autocomplete="off"/>
                </label>
                <button type="submit" class="button">"Search"</button>
            </form>
        </div>
    }
}
