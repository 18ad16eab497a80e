//! One service: what it is doing, how it has been doing, and what may be asked of it.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_params_map, use_query_map};
use leptos_router::{LazyRoute, lazy_route};

use crate::api::error::ApiError;
use crate::api::service_events::service_events;
use crate::api::service_timeline::service_timeline;
use crate::model::service::{BuiltIn, ServiceId};
use crate::model::service_events::ServiceEvents;
use crate::model::timeline::{TimeRange, Timeline};
use crate::ui::address::address;
use crate::ui::components::header::Tab;
use crate::ui::components::latest_lines::{LatestLines, Lines, latest_lines};
use crate::ui::components::live_page::{Frame, LivePage, StaleNotice};
use crate::ui::components::service_history::ServiceHistory;
use crate::ui::components::service_row::Controls;
use crate::ui::components::service_summary::ServiceSummary;
use crate::ui::components::sync_dialog::{SyncDialog, SyncDialogState};
use crate::ui::components::unread::Unread;
use crate::ui::content_owner::ContentOwner;
use crate::ui::pages::services::RefusedNotice;

/// `/services/{id}?range=`.
pub struct ServicePage;

#[lazy_route]
impl LazyRoute for ServicePage {
    fn data() -> Self {
        Self
    }

    fn view(_page: Self) -> AnyView {
        let content = Callback::new(|frame| view! { <Service frame/> }.into_any());
        view! { <LivePage title="Service" tab=Tab::Services content/> }.into_any()
    }
}

#[component]
fn Service(
    /// What the page is given.
    frame: Frame,
) -> impl IntoView {
    let (params, query) = (use_params_map(), use_query_map());
    let asked = Memo::new(move |_| {
        let range = query.read().get("range").and_then(|name| TimeRange::named(&name)).unwrap_or_default();
        (params.read().get("id").unwrap_or_default(), range)
    });
    let page = Resource::new_blocking(move || asked.get(), |(id, range)| read(id, range));
    let again = Callback::new(move |()| page.refetch());
    let content = ContentOwner::new();
    // Read beside the rest, so that they cost the first paint no time of their own; anew with each range, since all is drawn anew.
    let lines = Resource::new_blocking(move || asked.get(), |(id, _)| latest_lines(id));
    view! {
        <p class="back"><a href="/services">"← Services"</a></p>
        <StaleNotice live=frame.live what="The service"/>
        <RefusedNotice/>
        <Transition>
            {move || Suspend::new(async move {
                let (page, lines) = (page.await, lines.await);
                match page {
                    Ok((id, timeline, events)) => {
                        content.render(|| view! { <Detail frame id timeline events lines/> }.into_any())
                    }
                    Err(ApiError::NotFound { .. }) => view! {
                        <Title text="Not found"/>
                        <h1>"There is no such service"</h1>
                        <p>"A service is known from its first report on."</p>
                    }.into_any(),
                    Err(error) => view! { <Unread live=frame.live error again/> }.into_any(),
                }
            })}
        </Transition>
    }
}

async fn read(id: String, range: TimeRange) -> Result<(ServiceId, Timeline, ServiceEvents), ApiError> {
    let timeline = service_timeline(id.clone(), range).await?;
    let id = ServiceId::parse(&id).map_err(|_| ApiError::NotFound { what: format!("Service {id}") })?;
    let events = service_events(id, timeline.start()).await?;
    Ok((id, timeline, events))
}

#[component]
fn Detail(
    /// What the page is given.
    frame: Frame,
    /// Which service.
    id: ServiceId,
    /// Its history as it stood when it was rendered.
    timeline: Timeline,
    /// What happened to it until then.
    events: ServiceEvents,
    /// Its latest lines.
    lines: Lines,
) -> impl IntoView {
    let Frame { live, errands, commander, .. } = frame;
    let dialog = SyncDialogState::new();
    let controls = commander.map(|commander| Controls { commander, open_sync: Callback::new(move |()| dialog.open()) });
    let name = id.to_string();
    let jobs = BuiltIn::of(id).map(|_| address("/jobs", &[("service", &name)]));
    view! {
        <Title text=name.clone()/>
        <div class="service-page" class:not-current=move || !live.is_current()>
            <ServiceSummary live id controls/>
            <nav class="page-actions" aria-label="More about this service">
                <a class="button" href=address("/logs", &[("service", &name)])>"Log lines"</a>
                {jobs.map(|jobs| view! { <a class="button" href=jobs>"Jobs"</a> })}
                <a class="button" href=address("/audit", &[("target", &name)])>"Audit"</a>
            </nav>
            <ServiceHistory live id timeline events/>
            <LatestLines live id lines/>
        </div>
        {controls.is_some().then(|| view! { <SyncDialog live state=dialog errands/> })}
    }
}
