//! The live table of services.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use crate::api::command_service::CommandService;
use crate::api::error::ApiError;
use crate::api::job_outcome::job_outcome;
use crate::model::job::{JobId, JobState};
use crate::ui::components::header::Tab;
use crate::ui::components::live_page::{Frame, LivePage, PageTitle, StaleNotice};
use crate::ui::components::notice::{Notice, NoticeTone};
use crate::ui::components::service_row::Controls;
use crate::ui::components::service_tiles::ServiceTiles;
use crate::ui::components::services_filters::ServicesFilters;
use crate::ui::components::services_table::ServicesTable;
use crate::ui::components::sync_dialog::{SyncDialog, SyncDialogState};
use crate::ui::services_filter::ServicesFilter;
use crate::ui::services_view::ServicesView;

/// `/services?q=&state=&sort=&dir=&only=`.
#[component]
pub fn ServicesPage() -> impl IntoView {
    let content = Callback::new(|frame| view! { <Services frame/> }.into_any());
    view! { <LivePage title="Services" tab=Tab::Services content/> }
}

#[component]
fn Services(
    /// What the page is given.
    frame: Frame,
) -> impl IntoView {
    let Frame { live, errands, commander, .. } = frame;
    let dialog = SyncDialogState::new();
    let controls = commander.map(|commander| Controls { commander, open_sync: Callback::new(move |()| dialog.open()) });
    let query = use_query_map();
    let filter = Memo::new(move |_| {
        let query = query.read();
        ServicesFilter::read(|name| query.get(name))
    });
    let view = ServicesView::new(live, filter);
    let (known, shown) = (Memo::new(move |_| live.table.ids().len()), Memo::new(move |_| view.shown().len()));
    let count = move || match (view.filter().is_narrow(), known.get()) {
        (true, known) => format!("{} of {known} services", shown.get()),
        (false, 1) => "1 service".to_owned(),
        (false, known) => format!("{known} services"),
    };
    view! {
        <PageTitle title="Services" count=Signal::derive(count)/>
        <StaleNotice live what="Services"/>
        <QueuedNotice/>
        <RefusedNotice/>
        <ServiceTiles view/>
        <ServicesFilters view/>
        <ServicesTable live view controls/>
        {controls.is_some().then(|| view! { <SyncDialog live state=dialog errands/> })}
    }
}

/// Why a command that a plain form gave was refused. The reason may come from the address, which anyone can write, so only
/// fixed words are shown.
#[component]
pub fn RefusedNotice() -> impl IntoView {
    let refusal = ServerAction::<CommandService>::new().value().get_untracked().and_then(Result::err);
    refusal.map(|failure| {
        let words = match failure.error {
            ApiError::Conflict { .. } => "The service cannot follow that command now.".to_owned(),
            ApiError::NotFound { .. } => "That service does not exist.".to_owned(),
            ApiError::Invalid { .. } => "That command does not exist.".to_owned(),
            other => other.to_string(),
        };
        view! { <Notice tone=NoticeTone::Bad>{words}</Notice> }
    })
}

/// What became of the job that a plain form queued. Anyone can write the address, so the job itself is asked for.
#[component]
fn QueuedNotice() -> impl IntoView {
    let query = use_query_map();
    let queued = move || query.read().get("queued").map(JobId);
    let job = Resource::new_blocking(queued, |queued| async move { Some(job_outcome(queued?).await) });
    view! {
        <Suspense>
            {move || Suspend::new(async move {
                let (tone, words) = match job.await? {
                    Ok(None) => (NoticeTone::Good, "The sync is queued. Reload the page for its result.".to_owned()),
                    Ok(Some(outcome)) if outcome.state == JobState::Done => (NoticeTone::Good, outcome.message),
                    Ok(Some(outcome)) => (NoticeTone::Bad, outcome.message),
                    Err(_) => return None,
                };
                Some(view! { <Notice tone>{words}</Notice> })
            })}
        </Suspense>
    }
}
