//! The live table of services.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use crate::api::job_outcome::job_outcome;
use crate::model::job::{JobId, JobState};
use crate::model::user::Role;
use crate::ui::components::header::Tab;
use crate::ui::components::live_page::{Frame, LivePage, PageTitle, StaleNotice};
use crate::ui::components::notice::{Notice, NoticeTone};
use crate::ui::components::services_table::ServicesTable;
use crate::ui::components::sync_dialog::{SyncDialog, SyncDialogState};

/// `/services`.
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
    let Frame { live, toasts, role } = frame;
    let dialog = SyncDialogState::new();
    let may_sync = role >= Role::Operator;
    let open_sync = may_sync.then(|| Callback::new(move |()| dialog.open()));
    let count = Memo::new(move |_| live.table.ids().len());
    let count = move || if count.get() == 1 { "1 service".to_owned() } else { format!("{} services", count.get()) };
    view! {
        <PageTitle title="Services" count=Signal::derive(count)/>
        <StaleNotice live what="Services"/>
        <QueuedNotice/>
        <ServicesTable live open_sync/>
        {may_sync.then(|| view! { <SyncDialog live state=dialog toasts/> })}
    }
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
