//! The live table of services.

use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use crate::api::console::console;
use crate::api::error::ApiError;
use crate::api::job_outcome::job_outcome;
use crate::api::services_snapshot::services_snapshot;
use crate::live::Live;
use crate::model::console::Console;
use crate::model::event::ServicesSnapshot;
use crate::model::job::{JobId, JobState};
use crate::model::user::Role;
use crate::ui::components::header::Header;
use crate::ui::components::notice::{Notice, NoticeTone};
use crate::ui::components::services_table::ServicesTable;
use crate::ui::components::sync_dialog::{SyncDialog, SyncDialogState};
use crate::ui::components::toasts::{ToastRegion, Toasts};
use crate::ui::format;

/// How often the page asks after a job whose end may have been missed.
const ASK_AGAIN: Duration = Duration::from_secs(10);

/// `/services`: filled by the server, kept alive by the stream.
#[component]
pub fn ServicesPage() -> impl IntoView {
    let first = Resource::new_blocking(|| (), |()| async { Ok((console().await?, services_snapshot().await?)) });
    view! {
        <Title text="Services"/>
        <Suspense>
            {move || Suspend::new(async move {
                match first.await {
                    Ok((console, snapshot)) => view! { <LiveServices console snapshot/> }.into_any(),
                    Err(error) => view! { <Unreadable error/> }.into_any(),
                }
            })}
        </Suspense>
    }
}

#[component]
fn LiveServices(
    /// Who looks, and at what.
    console: Console,
    /// What the server rendered.
    snapshot: ServicesSnapshot,
) -> impl IntoView {
    let live = Live::new(snapshot);
    let toasts = Toasts::new();
    let dialog = SyncDialogState::new();
    follow_jobs(live, toasts);
    let may_sync = console.user.role >= Role::Operator;
    let open_sync = may_sync.then(|| Callback::new(move |()| dialog.open()));
    let count = Memo::new(move |_| live.table.ids().len());
    view! {
        <Header console live/>
        <main class="page">
            <div class="page-title">
                <h1>"Services"</h1>
                <p class="page-count">{move || if count.get() == 1 { "1 service".to_owned() } else { format!("{} services", count.get()) }}</p>
                <p class="without-script">"Live updates need JavaScript. Reload the page for news."</p>
            </div>
            <QueuedNotice/>
            <Show when=move || !live.is_current()>
                <Notice tone=NoticeTone::Warning>
                    <strong>{move || format!("Data as of {}", format::time_of_day(live.data_as_of()))}</strong>
                    " Services may have changed since. Actions wait until the connection is back."
                </Notice>
            </Show>
            <ServicesTable live open_sync/>
        </main>
        {may_sync.then(|| view! { <SyncDialog live state=dialog toasts/> })}
        <ToastRegion toasts/>
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

/// What the page shows when there is nothing to show.
#[component]
fn Unreadable(
    /// Why.
    error: ApiError,
) -> impl IntoView {
    let signed_out = error == ApiError::SignedOut;
    view! {
        <main class="page page-narrow">
            <h1>"Services cannot be shown"</h1>
            <Notice tone=NoticeTone::Bad>{error.to_string()}</Notice>
            <p class="page-actions">
                <a class="button button-primary" href="/services" rel="external">"Try again"</a>
                {signed_out.then(|| view! { <a class="button" href="/login?next=/services" rel="external">"Sign in"</a> })}
            </p>
        </main>
    }
}

/// Tells the ends of jobs, and asks after them where the stream may have missed one: after a reconnect, and
/// every ten seconds for pages that poll.
fn follow_jobs(live: Live, toasts: Toasts) {
    live.jobs.on_ended(Callback::new(move |outcome| toasts.job_ended(outcome)));
    Effect::new(move |_| {
        let waiting = live.jobs.waiting();
        if waiting.is_empty() || !live.is_current() {
            return;
        }
        let ask = move || {
            for id in waiting.clone() {
                spawn_local(async move {
                    match job_outcome(id.clone()).await {
                        Ok(Some(outcome)) => live.jobs.ended(outcome),
                        Err(ApiError::NotFound { .. }) => {
                            live.jobs.forget(&id);
                            toasts.job_lost(&id);
                        }
                        Ok(None) | Err(_) => {}
                    }
                });
            }
        };
        ask();
        if let Ok(timer) = set_interval_with_handle(ask, ASK_AGAIN) {
            on_cleanup(move || timer.clear());
        }
    });
}
