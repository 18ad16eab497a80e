//! Who did what, and what came of it.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use leptos_router::{LazyRoute, lazy_route};

use crate::api::audit_page::audit_page;
use crate::model::audit_list::{ANONYMOUS, AuditQuestion};
use crate::model::user::Role;
use crate::ui::audit_address;
use crate::ui::components::audit_filters::AuditFilters;
use crate::ui::components::audit_table::AuditTable;
use crate::ui::components::header::Tab;
use crate::ui::components::live_page::{Frame, LivePage, PageTitle, StaleNotice};
use crate::ui::components::unread::Unread;
use crate::ui::content_owner::ContentOwner;

/// `/audit?actor=&action=&outcome=&target=&from=&to=&whose=&before=`.
pub struct AuditPage;

#[lazy_route]
impl LazyRoute for AuditPage {
    fn data() -> Self {
        Self
    }

    fn view(_page: Self) -> AnyView {
        let content = Callback::new(|frame| view! { <Audit frame/> }.into_any());
        view! { <LivePage title="Audit" tab=Tab::Audit content/> }.into_any()
    }
}

#[component]
fn Audit(
    /// What the page is given.
    frame: Frame,
) -> impl IntoView {
    let query = use_query_map();
    let question = Memo::new(move |_| {
        let query = query.read();
        let value = |name: &str| query.get(name).unwrap_or_default();
        AuditQuestion {
            actor: value("actor"),
            action: value("action"),
            outcome: value("outcome"),
            target: value("target"),
            from: value("from"),
            to: value("to"),
            whose: value("whose"),
            before: value("before"),
        }
    });
    let page = Resource::new_blocking(
        move || question.get(),
        |question| async move { audit_page(question.clone()).await.map(|page| (question, page)) },
    );
    let again = Callback::new(move |()| page.refetch());
    let content = ContentOwner::new();
    let live = frame.live;
    view! {
        <PageTitle title="Audit" count=String::new()/>
        <StaleNotice live what="The audit"/>
        {(frame.role >= Role::Admin).then_some(move || view! { <ForAdministrators question=question.get()/> })}
        {move || view! { <AuditFilters question=question.get()/> }}
        <Transition>
            {move || Suspend::new(async move {
                match page.await {
                    Ok((question, page)) => content.render(|| view! { <AuditTable live question page/> }.into_any()),
                    Err(error) => view! { <Unread live error again/> }.into_any(),
                }
            })}
        </Transition>
    }
}

/// Whose actions, and the table for spreadsheets.
#[component]
fn ForAdministrators(
    /// What is asked for.
    question: AuditQuestion,
) -> impl IntoView {
    let download = audit_address::csv(&question);
    let choice = |whose: &'static str, label: &'static str| {
        // Nobody known has a name to filter by, so the other log is shown whole.
        let place = AuditQuestion { whose: whose.to_owned(), ..AuditQuestion::default() };
        let chosen = question.whose == whose;
        view! { <a class="choice" href=audit_address::page(&place) aria-current=chosen.then_some("true")>{label}</a> }
    };
    view! {
        <div class="filters">
            <nav class="choices" aria-label="Whose actions">
                {choice("", "People who are known")}
                {choice(ANONYMOUS, "People nobody knows")}
            </nav>
            <a class="button" href=download rel="external" download="">"Download CSV"</a>
        </div>
    }
}
