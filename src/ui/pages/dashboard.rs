//! What the manager measures of itself, and what services say they measured.

use std::time::Duration;

use leptos::prelude::*;
use leptos_router::{LazyRoute, lazy_route};

use crate::api::dashboard::dashboard;
use crate::live::Live;
use crate::model::dashboard::Dashboard;
use crate::model::service::ServiceId;
use crate::ui::components::header::Tab;
use crate::ui::components::live_page::{Frame, LivePage, PageTitle, StaleNotice};
use crate::ui::components::measured_tiles::MeasuredTiles;
use crate::ui::components::time_ago::TimeAgo;
use crate::ui::components::unread::Unread;
use crate::ui::refetch::Questions;

/// How often the server measures, and the page asks while it is seen.
const EVERY: Duration = Duration::from_secs(5);

/// `/dashboard`.
pub struct DashboardPage;

#[lazy_route]
impl LazyRoute for DashboardPage {
    fn data() -> Self {
        Self
    }

    fn view(_page: Self) -> AnyView {
        let content = Callback::new(|frame| view! { <Content frame/> }.into_any());
        view! { <LivePage title="Dashboard" tab=Tab::Dashboard content/> }.into_any()
    }
}

#[component]
fn Content(
    /// What the page is given.
    frame: Frame,
) -> impl IntoView {
    let first = Resource::new_blocking(|| (), |()| dashboard());
    let again = Callback::new(move |()| first.refetch());
    view! {
        <PageTitle title="Dashboard" count=String::new()/>
        <StaleNotice live=frame.live what="Numbers"/>
        <Transition>
            {move || Suspend::new(async move {
                match first.await {
                    Ok(first) => view! { <Measured live=frame.live first/> }.into_any(),
                    Err(error) => view! { <Unread live=frame.live error again/> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn Measured(
    /// What the page knows.
    live: Live,
    /// The numbers as they stood when it was rendered.
    first: Dashboard,
) -> impl IntoView {
    let shown = RwSignal::new(first);
    ask_while_seen(shown);
    let instances =
        Memo::new(move |_| shown.read().instances.iter().map(|one| one.instance.clone()).collect::<Vec<_>>());
    let services = Memo::new(move |_| shown.read().services.iter().map(|one| one.service).collect::<Vec<ServiceId>>());
    view! {
        <section class="section" aria-labelledby="own-title" class:not-current=move || !live.is_current()>
            <h2 id="own-title">"Manager"</h2>
            <p class="section-lead">
                "The last hour of each of its instances. Jobs are those of all instances; durations are of the last minute."
            </p>
            <For each=move || instances.get() key=String::clone let:instance>
                <OfInstance shown instance/>
            </For>
        </section>
        <section class="section" aria-labelledby="services-title" class:not-current=move || !live.is_current()>
            <h2 id="services-title">"Services"</h2>
            <Show when=move || services.read().is_empty()>
                <div class="empty">
                    <p class="empty-title">"No service publishes metrics."</p>
                    <p>"Publish " <code>"{\"service\":\"…\",\"timestamp\":…,\"metrics\":{\"name\":1}}"</code> " to " <code>"service:metrics"</code> "."</p>
                </div>
            </Show>
            <For each=move || services.get() key=|service| *service let:service>
                <OfService live shown service/>
            </For>
        </section>
    }
}

/// What one instance measured in the last hour.
#[component]
fn OfInstance(
    /// What is shown.
    shown: RwSignal<Dashboard>,
    /// Which instance.
    instance: String,
) -> impl IntoView {
    let (name, place) = (instance.clone(), instance.clone());
    let tiles = Memo::new(move |_| {
        let shown = shown.read();
        shown.instances.iter().find(|one| one.instance == name).map(|one| one.tiles.clone()).unwrap_or_default()
    });
    view! {
        <div class="measured-service" data-instance=place>
            <h3>{instance}</h3>
            <MeasuredTiles tiles/>
        </div>
    }
}

/// What one service said in the last ten minutes.
#[component]
fn OfService(
    /// What the page knows.
    live: Live,
    /// What is shown.
    shown: RwSignal<Dashboard>,
    /// Which service.
    service: ServiceId,
) -> impl IntoView {
    let find = move |shown: &Dashboard| shown.services.iter().find(|one| one.service == service).cloned();
    let known = Memo::new(move |_| find(&shown.read()));
    let tiles = Memo::new(move |_| known.get().map(|one| one.tiles).unwrap_or_default());
    let heard = Memo::new(move |_| known.read().as_ref().map_or(0, |one| one.heard));
    view! {
        <div class="measured-service" data-service=service.to_string()>
            <h3>{service.to_string()} <span class="measured-heard"><TimeAgo moment=heard clock=live.clock/></span></h3>
            <MeasuredTiles tiles/>
        </div>
    }
}

/// Asks for newer numbers every five seconds, while the page is seen.
fn ask_while_seen(shown: RwSignal<Dashboard>) {
    let questions = Questions::new();
    Effect::new(move |_| {
        let ask = move || {
            if document().hidden() {
                return;
            }
            questions.ask(dashboard(), move |fresh| shown.set(fresh));
        };
        if let Ok(timer) = set_interval_with_handle(ask, EVERY) {
            on_cleanup(move || timer.clear());
        }
    });
}
