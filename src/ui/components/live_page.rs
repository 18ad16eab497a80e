//! What the pages that the stream keeps alive have in common: header, heading, notices and the question before an action.

use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_meta::Title;

use crate::api::console::console;
use crate::api::error::ApiError;
use crate::api::job_outcome::job_outcome;
use crate::api::services_snapshot::services_snapshot;
use crate::live::Live;
use crate::live::event_stream::connection::Connection;
use crate::model::user::Role;
use crate::ui::commander::Commander;
use crate::ui::components::away_banner::AwayBanner;
use crate::ui::components::confirmation::{Confirmation, ConfirmationDialog};
use crate::ui::components::header::{Header, Tab};
use crate::ui::components::notice::{Notice, NoticeTone};
use crate::ui::errands::Errands;
use crate::ui::format;
use crate::ui::sign_in::sign_in_here;

/// How often the page asks after a job whose end may have been missed.
const ASK_AGAIN: Duration = Duration::from_secs(10);

/// How often a page that could not be read looks whether it can be.
const LOOK_AGAIN: Duration = Duration::from_secs(5);

/// What the content of a live page is given. Copying it shares it.
#[derive(Clone, Copy)]
pub struct Frame {
    /// What the page knows.
    pub live: Live,
    /// What outlives it.
    pub errands: Errands,
    /// What whoever looks may do.
    pub role: Role,
    /// Asks before anything is done.
    pub dialog: Confirmation,
    /// Gives commands to services, for those who may.
    pub commander: Option<Commander>,
}

/// A page: filled by the server, kept alive by the stream.
#[component]
pub fn LivePage(
    /// The page's name.
    title: &'static str,
    /// The tab it stands under.
    tab: Tab,
    /// What stands between header and messages, heading included.
    content: Callback<Frame, AnyView>,
) -> impl IntoView {
    let first = Resource::new_blocking(|| (), |()| async { Ok((console().await?, services_snapshot().await?)) });
    let errands = Errands::around();
    view! {
        <Title text=title/>
        <Suspense>
            {move || Suspend::new(async move {
                match first.await {
                    Ok((console, snapshot)) => {
                        let role = console.user.role;
                        let (live, dialog) = (Live::new(snapshot, errands.jobs), Confirmation::new());
                        let commander = (role >= Role::Operator).then(|| Commander::new(live, errands, dialog));
                        let frame = Frame { live, errands, role, dialog, commander };
                        errands.opened(frame);
                        follow_jobs(live, errands);
                        let obstacle = Signal::derive(move || live.connection().obstacle());
                        view! {
                            <Header console live commander tab/>
                            <main class="page">
                                <AwayBanner live/>
                                {content.run(frame)}
                            </main>
                            {commander.is_some().then(|| view! { <ConfirmationDialog state=dialog obstacle/> })}
                        }.into_any()
                    }
                    Err(error) => {
                        if error == ApiError::SignedOut {
                            errands.toasts.clear();
                        }
                        let again = Callback::new(move |()| first.refetch());
                        view! { <Unreadable title tab error again/> }.into_any()
                    }
                }
            })}
        </Suspense>
    }
}

/// The heading, with how much there is.
#[component]
pub fn PageTitle(
    /// The page's name.
    title: &'static str,
    /// How much it shows, in words.
    #[prop(into)]
    count: Signal<String>,
) -> impl IntoView {
    view! {
        <div class="page-title">
            <h1>{title}</h1>
            <p class="page-count">{move || count.get()}</p>
            <p class="without-script">"Live updates need JavaScript. Reload the page for news."</p>
        </div>
    }
}

/// Says since when the page may be out of date, while it may.
#[component]
pub fn StaleNotice(
    /// What the page knows.
    live: Live,
    /// What may have changed since, as the subject of a sentence.
    what: &'static str,
) -> impl IntoView {
    let needs_warning = Memo::new(move |_| live.connection().needs_warning());
    let is_one_too_many = Memo::new(move |_| matches!(live.connection(), Connection::TooManyStreams { .. }));
    let advice = move || {
        if is_one_too_many.get() {
            "You have as many pages open as can be live at a time: close or hide another one, and this one goes on."
        } else {
            "Actions wait until the connection is back."
        }
    };
    view! {
        <Show when=move || needs_warning.get()>
            <Notice tone=NoticeTone::Warning>
                <strong>{move || format!("Data as of {}", format::time_of_day(live.data_as_of()))}</strong>
                {format!(" {what} may have changed since. ")}
                {advice}
            </Notice>
        </Show>
    }
}

/// What a page shows when there is nothing to show. It comes by itself once it can be read.
#[component]
fn Unreadable(
    /// The page's name.
    title: &'static str,
    /// The tab it stands under.
    tab: Tab,
    /// Why.
    error: ApiError,
    /// Reads the page again.
    again: Callback<()>,
) -> impl IntoView {
    let signed_out = error == ApiError::SignedOut;
    Effect::new(move |_| {
        let look = move || {
            spawn_local(async move {
                if console().await.is_ok() {
                    let _ = again.try_run(());
                }
            });
        };
        if !signed_out && let Ok(timer) = set_interval_with_handle(look, LOOK_AGAIN) {
            on_cleanup(move || timer.clear());
        }
    });
    let sign_in = sign_in_here();
    view! {
        <main class="page page-narrow">
            <h1>{format!("{title} cannot be shown")}</h1>
            <Notice tone=NoticeTone::Bad>{error.to_string()}</Notice>
            <p class="page-actions">
                <a class="button button-primary" href=tab.path() rel="external">"Try again"</a>
                {signed_out.then(|| view! { <a class="button" href=sign_in rel="external">"Sign in"</a> })}
            </p>
        </main>
    }
}

/// Asks after jobs where the stream may have missed an end: on a page that follows another one, after a reconnect, and
/// every ten seconds for pages that poll.
fn follow_jobs(live: Live, errands: Errands) {
    let Errands { jobs, toasts, .. } = errands;
    Effect::new(move |_| {
        let waiting = jobs.waiting();
        if waiting.is_empty() || !live.is_current() {
            return;
        }
        let ask = move || {
            for id in waiting.clone() {
                spawn_local(async move {
                    match job_outcome(id.clone()).await {
                        Ok(Some(outcome)) => jobs.ended(outcome),
                        Err(ApiError::NotFound { .. }) => {
                            jobs.forget(&id);
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
