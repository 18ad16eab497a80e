//! What an administrator does from the page: asked before where something is taken away, sent, and told when it is done.

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api::administration::administration;
use crate::api::error::ApiError;
use crate::api::failure::Failure;
use crate::model::administration::{Administration, Done};
use crate::ui::components::confirmation::{Confirmation, Confirmed, Question};
use crate::ui::components::live_page::Frame;
use crate::ui::deed::Deed;

/// What the lists and buttons of the page share. Copying it shares it.
#[derive(Clone, Copy)]
pub struct Administrator {
    /// What the page is given.
    pub frame: Frame,
    /// Asks before something is taken away.
    pub dialog: Confirmation,
    /// What the page shows.
    pub shown: RwSignal<Administration>,
    /// What was told only here, until it is put away.
    pub told: RwSignal<Option<Done>>,
    /// Whether something is on its way to the server.
    pub is_sending: RwSignal<bool>,
}

impl Administrator {
    /// One that begins with what the server rendered.
    pub fn new(frame: Frame, first: Administration) -> Self {
        Self {
            frame,
            dialog: Confirmation::new(),
            shown: RwSignal::new(first),
            told: RwSignal::new(None),
            is_sending: RwSignal::new(false),
        }
    }

    /// Why nothing can be done now, if so.
    pub fn obstacle(&self) -> Option<&'static str> {
        self.frame.live.connection().obstacle()
    }

    /// Does it; of whoever looks asks first, where it takes something away. `done` hears that it was done.
    pub fn ask(self, deed: Deed, done: Option<Callback<()>>) {
        let Some(words) = deed.question() else { return self.send(deed, done) };
        self.dialog.ask(move || Question {
            button: words.title.trim_end_matches('?').to_owned(),
            title: words.title,
            body: Signal::stored(words.body.to_owned()),
            is_destructive: true,
            wants_reason: false,
            act: Callback::new(move |confirmed: Confirmed| {
                confirmed.close();
                self.send(deed.clone(), done);
            }),
        });
    }

    fn send(self, deed: Deed, done: Option<Callback<()>>) {
        if self.is_sending.try_get_untracked() != Some(false) {
            return;
        }
        self.is_sending.set(true);
        spawn_local(async move {
            let answer = deed.clone().send().await;
            let _ = self.is_sending.try_set(false);
            match answer {
                Ok(outcome) if outcome.secret.is_some() => {
                    let _ = self.told.try_set(Some(outcome));
                }
                Ok(outcome) => self.frame.toasts.done(outcome.message),
                // The stream says it too, and where to sign in.
                Err(Failure { error: ApiError::SignedOut, .. }) => {}
                Err(failure) => {
                    let again = move || self.send(deed.clone(), done);
                    return self.frame.toasts.failed(failure.to_string(), failure.request_id, again);
                }
            }
            if let Some(done) = done {
                let _ = done.try_run(());
            }
            self.look_again();
        });
    }

    /// Asks for what the page shows anew.
    pub fn look_again(self) {
        spawn_local(async move {
            // What could not be read now is read with the next news; the indicator tells of the connection.
            if let Ok(fresh) = administration().await {
                let _ = self.shown.try_update(|shown| {
                    if *shown != fresh {
                        *shown = fresh;
                    }
                });
            }
        });
    }
}
