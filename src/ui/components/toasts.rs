//! Short messages at the edge of the window, whichever page it shows: what became of something that was asked for.

use std::sync::Arc;
use std::time::Duration;

use leptos::prelude::*;
use leptos_router::hooks::use_location;

use crate::model::job::{JobId, JobOutcome, JobState};
use crate::ui::components::icon::{Icon, IconName};
use crate::ui::components::request_name::RequestName;

/// How long a good message stays. A bad one stays until it is closed.
const STAYS: Duration = Duration::from_secs(5);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tone {
    Waiting,
    Good,
    Bad,
}

/// Does again what failed. A `Callback` would be gone with the effect that heard of the failure.
type Again = Arc<dyn Fn() + Send + Sync>;

#[derive(Clone)]
struct Toast {
    key: u64,
    tone: Tone,
    text: String,
    job: Option<JobId>,
    /// The request that failed, as the server's log has it.
    request: Option<String>,
    /// Does again what failed.
    again: Option<Again>,
}

/// A job that was queued, for when it fails.
struct Waiting {
    job: JobId,
    request: String,
    again: Again,
}

/// The messages shown. Copying it shares them.
#[derive(Clone, Copy)]
pub struct Toasts {
    shown: RwSignal<Vec<Toast>>,
    /// The jobs that were queued from here, whether or not a message still says that they wait.
    waiting: StoredValue<Vec<Waiting>>,
    next_key: StoredValue<u64>,
}

impl Toasts {
    /// None yet.
    pub fn new() -> Self {
        let (shown, waiting) = (RwSignal::new(Vec::new()), StoredValue::new(Vec::new()));
        Self { shown, waiting, next_key: StoredValue::new(0) }
    }

    /// Says that a job was queued, until its end replaces this; `again` queues it once more.
    pub fn wait_for(&self, job: &JobId, text: String, request: String, again: impl Fn() + Send + Sync + 'static) {
        let waiting = Waiting { job: job.clone(), request, again: Arc::new(again) };
        let _ = self.waiting.try_update_value(|all| all.push(waiting));
        self.show(Toast { job: Some(job.clone()), ..self.toast(Tone::Waiting, text) });
    }

    /// Says how a job ended, in the place of what said that it was queued.
    pub fn job_ended(&self, outcome: JobOutcome) {
        let waiting = self.forget(&outcome.id);
        if outcome.state == JobState::Done {
            self.done(outcome.message);
        } else {
            self.ended_badly(outcome.message, waiting);
        }
    }

    /// Says that nothing more is known of a job.
    pub fn job_lost(&self, job: &JobId) {
        let waiting = self.forget(job);
        self.ended_badly("The sync's result is not known any more.".to_owned(), waiting);
    }

    /// Says that something was done.
    pub fn done(&self, text: String) {
        let toast = self.toast(Tone::Good, text);
        let (toasts, key) = (*self, toast.key);
        self.show(toast);
        set_timeout(move || toasts.dismiss(key), STAYS);
    }

    /// Says why something was not done and under what id the server's log has that, and offers to do it `again`; stays until
    /// it is closed.
    pub fn failed(&self, text: String, request: Option<String>, again: impl Fn() + Send + Sync + 'static) {
        self.show(Toast { request, again: Some(Arc::new(again)), ..self.toast(Tone::Bad, text) });
    }

    /// Says that something is not as it should be and cannot be asked for again from here; stays until it is closed.
    pub fn bad(&self, text: String, request: Option<String>) {
        self.show(Toast { request, ..self.toast(Tone::Bad, text) });
    }

    /// Takes all of them away: they are nobody else's.
    pub fn clear(&self) {
        let _ = self.waiting.try_update_value(Vec::clear);
        let _ = self.shown.try_update(Vec::clear);
    }

    fn toast(&self, tone: Tone, text: String) -> Toast {
        let next = |next: &mut u64| std::mem::replace(next, *next + 1);
        let key = self.next_key.try_update_value(next).unwrap_or_default();
        Toast { key, tone, text, job: None, request: None, again: None }
    }

    fn show(&self, toast: Toast) {
        let _ = self.shown.try_update(|shown| shown.push(toast));
    }

    fn ended_badly(&self, text: String, waiting: Option<Waiting>) {
        let (request, again) = waiting.map(|Waiting { request, again, .. }| (request, again)).unzip();
        self.show(Toast { request, again, ..self.toast(Tone::Bad, text) });
    }

    /// Takes away what says that a job waits, and answers what is known of it.
    fn forget(&self, job: &JobId) -> Option<Waiting> {
        let _ = self.shown.try_update(|shown| shown.retain(|toast| toast.job.as_ref() != Some(job)));
        let take = |waiting: &mut Vec<Waiting>| {
            let place = waiting.iter().position(|waiting| waiting.job == *job)?;
            Some(waiting.swap_remove(place))
        };
        self.waiting.try_update_value(take).flatten()
    }

    fn dismiss(&self, key: u64) {
        let _ = self.shown.try_update(|shown| shown.retain(|toast| toast.key != key));
    }
}

impl Default for Toasts {
    fn default() -> Self {
        Self::new()
    }
}

/// Where the messages appear; each is announced once. Who is about to sign in has none.
#[component]
pub fn ToastRegion(
    /// The messages.
    toasts: Toasts,
) -> impl IntoView {
    let place = use_location().pathname;
    let is_inside = Memo::new(move |_| place.get() != "/login");
    let toast = move |toast: Toast| {
        let (class, icon) = match toast.tone {
            Tone::Waiting => ("toast toast-waiting", IconName::Spinner),
            Tone::Good => ("toast toast-good", IconName::Check),
            Tone::Bad => ("toast toast-bad", IconName::Warning),
        };
        view! {
            <li class=class data-testid="toast">
                <Icon name=icon/>
                <div class="toast-text">
                    <p>{toast.text}</p>
                    {toast.request.map(|id| view! { <RequestName id/> })}
                </div>
                {toast.again.map(|again| view! {
                    <button
                        type="button"
                        class="button button-small"
                        on:click=move |_| {
                            toasts.dismiss(toast.key);
                            again();
                        }
                    >
                        "Retry"
                    </button>
                })}
                <button type="button" class="toast-close" aria-label="Close" on:click=move |_| toasts.dismiss(toast.key)>
                    <Icon name=IconName::Cross/>
                </button>
            </li>
        }
    };
    view! {
        <Show when=move || is_inside.get()>
            <section class="toasts" aria-label="Messages" aria-live="polite" aria-relevant="additions">
                <ul>
                    <For each=move || toasts.shown.get() key=|toast| toast.key children=toast/>
                </ul>
            </section>
        </Show>
    }
}
