//! Short messages at the edge of the page: what became of something that was asked for.

use std::time::Duration;

use leptos::prelude::*;

use crate::model::job::{JobId, JobOutcome, JobState};
use crate::ui::components::icon::{Icon, IconName};

/// How long a good message stays. A bad one stays until it is closed.
const STAYS: Duration = Duration::from_secs(5);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tone {
    Waiting,
    Good,
    Bad,
}

#[derive(Clone)]
struct Toast {
    key: u64,
    tone: Tone,
    text: String,
    job: Option<JobId>,
    /// Does again what failed.
    again: Option<Callback<()>>,
}

/// The messages shown. Copying it shares them.
#[derive(Clone, Copy)]
pub struct Toasts {
    shown: RwSignal<Vec<Toast>>,
    next_key: StoredValue<u64>,
}

impl Toasts {
    /// None yet.
    pub fn new() -> Self {
        Self { shown: RwSignal::new(Vec::new()), next_key: StoredValue::new(0) }
    }

    /// Says that a job was queued, until its end replaces this.
    pub fn wait_for(&self, job: &JobId, text: String) {
        self.push(Tone::Waiting, text, Some(job.clone()));
    }

    /// Says how a job ended, in the place of what said that it was queued.
    pub fn job_ended(&self, outcome: JobOutcome) {
        self.shown.update(|shown| shown.retain(|toast| toast.job.as_ref() != Some(&outcome.id)));
        if outcome.state == JobState::Done {
            self.done(outcome.message);
        } else {
            self.failed(outcome.message);
        }
    }

    /// Says that nothing more is known of a job.
    pub fn job_lost(&self, job: &JobId) {
        self.shown.update(|shown| shown.retain(|toast| toast.job.as_ref() != Some(job)));
        self.push(Tone::Bad, "The sync's result is not known any more.".to_owned(), None);
    }

    /// Says that something was done.
    pub fn done(&self, text: String) {
        let key = self.push(Tone::Good, text, None);
        let toasts = *self;
        set_timeout(move || toasts.dismiss(key), STAYS);
    }

    /// Says that something was not done; stays until it is closed.
    pub fn failed(&self, text: String) {
        self.push(Tone::Bad, text, None);
    }

    /// Says that something was not done, and offers to do it again; stays until it is closed.
    pub fn failed_but(&self, text: String, again: impl Fn() + Send + Sync + 'static) {
        self.show(Tone::Bad, text, None, Some(Callback::new(move |()| again())));
    }

    fn push(&self, tone: Tone, text: String, job: Option<JobId>) -> u64 {
        self.show(tone, text, job, None)
    }

    fn show(&self, tone: Tone, text: String, job: Option<JobId>, again: Option<Callback<()>>) -> u64 {
        let key = self.next_key.get_value();
        self.next_key.set_value(key + 1);
        self.shown.update(|shown| shown.push(Toast { key, tone, text, job, again }));
        key
    }

    fn dismiss(&self, key: u64) {
        // The page may be gone by the time the timer runs.
        let _ = self.shown.try_update(|shown| shown.retain(|toast| toast.key != key));
    }
}

impl Default for Toasts {
    fn default() -> Self {
        Self::new()
    }
}

/// Where the messages appear; each is announced once.
#[component]
pub fn ToastRegion(
    /// The messages.
    toasts: Toasts,
) -> impl IntoView {
    let toast = move |toast: Toast| {
        let (class, icon) = match toast.tone {
            Tone::Waiting => ("toast toast-waiting", IconName::Spinner),
            Tone::Good => ("toast toast-good", IconName::Check),
            Tone::Bad => ("toast toast-bad", IconName::Warning),
        };
        view! {
            <li class=class data-testid="toast">
                <Icon name=icon/>
                <span class="toast-text">{toast.text}</span>
                {toast.again.map(|again| view! {
                    <button
                        type="button"
                        class="button button-small"
                        on:click=move |_| {
                            toasts.dismiss(toast.key);
                            again.run(());
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
        <section class="toasts" aria-label="Messages" aria-live="polite" aria-relevant="additions">
            <ul>
                <For each=move || toasts.shown.get() key=|toast| toast.key children=toast/>
            </ul>
        </section>
    }
}
