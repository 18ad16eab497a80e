//! What an administrator does from the page: asked before where something is taken away, sent, and told when it is done.

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api::administration::administration;
use crate::api::error::ApiError;
use crate::api::failure::Failure;
use crate::model::administration::{Administration, Done, SessionEntry};
use crate::ui::components::confirmation::{Confirmed, Question};
use crate::ui::components::live_page::Frame;
use crate::ui::deed::Deed;
use crate::ui::held_list::HeldList;
use crate::ui::refetch::Questions;

/// Why something is not tried again from another page.
const ONLY_THERE: &str = "What that leaves is shown once, under Administration alone: ask for it there.";

/// What became of a password or token that came after its page was left.
const NOT_SHOWN: &str = "The page was left before it could be shown: ask for another one.";

/// What the lists and buttons of the page share. Copying it shares it.
#[derive(Clone, Copy)]
pub struct Administrator {
    /// What the page is given.
    pub frame: Frame,
    /// What the page shows.
    pub shown: RwSignal<Administration>,
    /// What was told only here, until it is put away.
    pub told: RwSignal<Option<Done>>,
    /// Whether something is on its way to the server.
    pub is_sending: RwSignal<bool>,
    /// The sessions as they are listed.
    pub sessions: HeldList<Vec<SessionEntry>>,
    /// How much was done from here, and how much of it is shown.
    deeds: RwSignal<u32>,
    deeds_shown: StoredValue<u32>,
    questions: Questions,
}

impl Administrator {
    /// One that begins with what the server rendered.
    pub fn new(frame: Frame, first: Administration) -> Self {
        let sessions = HeldList::new(first.sessions.clone());
        Self {
            frame,
            shown: RwSignal::new(first),
            told: RwSignal::new(None),
            is_sending: RwSignal::new(false),
            sessions,
            deeds: RwSignal::new(0),
            deeds_shown: StoredValue::new(0),
            questions: Questions::new(),
        }
    }

    /// Why nothing can be done now, if so.
    pub fn obstacle(&self) -> Option<&'static str> {
        self.frame.live.connection().obstacle()
    }

    /// Does it; of whoever looks asks first, where it takes something away. `done` hears that it was done.
    pub fn ask(self, deed: Deed, done: Option<Callback<()>>) {
        let Some(words) = deed.question() else { return self.send(deed, done) };
        self.frame.dialog.ask(move || Question {
            button: words.title.trim_end_matches('?').to_owned(),
            title: words.title,
            body: Signal::stored(words.body),
            is_destructive: true,
            wants_reason: false,
            act: Callback::new(move |confirmed: Confirmed| {
                confirmed.close();
                self.send(deed.clone(), done);
            }),
        });
    }

    fn send(self, deed: Deed, done: Option<Callback<()>>) {
        let errands = self.frame.errands;
        match self.is_sending.try_get_untracked() {
            Some(true) => return,
            // The page was left since; a message offered to try it again.
            None if deed.leaves_secret() => return errands.toasts.bad(ONLY_THERE.to_owned(), None),
            Some(false) | None => {}
        }
        let _ = self.is_sending.try_set(true);
        spawn_local(async move {
            let answer = deed.clone().send().await;
            let _ = self.is_sending.try_set(false);
            match answer {
                Ok(outcome) if outcome.secret.is_some() => {
                    if let Some(outcome) = self.told.try_set(Some(outcome)).flatten() {
                        errands.toasts.bad(format!("{} {NOT_SHOWN}", outcome.message), None);
                    }
                }
                Ok(outcome) => errands.toasts.done(outcome.message),
                // The stream says it too, and where to sign in.
                Err(Failure { error: ApiError::SignedOut, .. }) => return,
                Err(failure) => {
                    let again = move |_| self.send(deed.clone(), done);
                    return errands.failed(failure.to_string(), failure.request_id, again);
                }
            }
            let _ = self.deeds.try_update(|deeds| *deeds += 1);
            if let Some(done) = done {
                let _ = done.try_run(());
            }
            self.look_again();
        });
    }

    /// Asks for what the page shows anew.
    pub fn look_again(self) {
        let deeds = self.deeds.try_get_untracked();
        self.questions.ask(administration(), move |fresh| {
            let is_asked_for = deeds.is_some_and(|deeds| self.deeds_shown.get_value() != deeds);
            self.deeds_shown.set_value(deeds.unwrap_or_default());
            self.sessions.take_in(fresh.sessions.clone(), is_asked_for);
            if self.shown.with_untracked(|shown| *shown != fresh) {
                self.shown.set(fresh);
            }
        });
    }
}
