//! The dialog that asks before something is done, and shows how far it is.

use leptos::html;
use leptos::prelude::*;

use crate::model::command::LONGEST_REASON;
use crate::ui::components::icon::{Icon, IconName};

/// What is asked.
#[derive(Clone)]
pub struct Question {
    /// Verb and object, such as "Discard 3 jobs?".
    pub title: String,
    /// What it will do, as far as that is known at the moment.
    pub body: Signal<String>,
    /// What the button says: the verb again, with its object.
    pub button: String,
    /// Whether it takes something away.
    pub is_destructive: bool,
    /// Whether the operator may say why.
    pub wants_reason: bool,
    /// What is done then. It closes the dialog when it has ended.
    pub act: Callback<Confirmed>,
}

/// That a question was answered with yes.
#[derive(Clone)]
pub struct Confirmed {
    /// Why, in the operator's words; empty if they gave none.
    pub reason: String,
    dialog: Confirmation,
    turn: u32,
}

impl Confirmed {
    /// Whether the dialog is still open with this question: somebody may have closed it while it is being done.
    pub fn stands(&self) -> bool {
        self.dialog.turn.try_get_value() == Some(self.turn)
    }

    /// Shows how far it is.
    pub fn show_progress(&self, done: usize, total: usize) {
        if self.stands() {
            self.dialog.show_progress(done, total);
        }
    }

    /// Closes the dialog, unless it asks something else by now.
    pub fn close(&self) {
        if self.stands() {
            self.dialog.close();
        }
    }
}

/// What the dialog knows. Copying it shares it.
#[derive(Clone, Copy)]
pub struct Confirmation {
    element: NodeRef<html::Dialog>,
    question: RwSignal<Option<Question>>,
    reason: RwSignal<String>,
    /// How many are done, of how many.
    progress: RwSignal<Option<(usize, usize)>>,
    /// Another number for each question and after each closing, so that what goes on knows whether it is still meant.
    turn: StoredValue<u32>,
    /// Under which questions live: the row or the message that asks may be gone before the answer.
    owner: StoredValue<Option<Owner>>,
}

impl Confirmation {
    /// A closed dialog.
    pub fn new() -> Self {
        let (question, reason, progress) = (RwSignal::new(None), RwSignal::new(String::new()), RwSignal::new(None));
        let (turn, owner) = (StoredValue::new(0), StoredValue::new(Owner::current()));
        Self { element: NodeRef::new(), question, reason, progress, turn, owner }
    }

    /// Asks. The browser puts the focus on Cancel, and back to where it was in the end.
    pub fn ask(&self, question: impl FnOnce() -> Question) {
        let question = match self.owner.get_value() {
            Some(owner) => owner.with(question),
            None => question(),
        };
        self.next_turn();
        self.reason.set(String::new());
        self.question.set(Some(question));
        if let Some(dialog) = self.element.get_untracked() {
            // It fails only for a dialog that is open already.
            let _ = dialog.show_modal();
        }
    }

    fn show_progress(&self, done: usize, total: usize) {
        let _ = self.progress.try_set(Some((done, total.max(done))));
    }

    fn close(&self) {
        self.next_turn();
        if let Some(dialog) = self.element.try_get_untracked().flatten() {
            dialog.close();
        }
    }

    /// The browser tells of a closing a moment later, and it closes the dialog by itself on Escape.
    fn was_closed(&self) {
        let is_open = self.element.try_get_untracked().flatten().is_some_and(|dialog| dialog.open());
        if !is_open {
            self.next_turn();
        }
    }

    fn next_turn(&self) {
        let _ = self.progress.try_set(None);
        let _ = self.turn.try_update_value(|turn| *turn = turn.wrapping_add(1));
    }

    fn confirm(&self) {
        if let Some(question) = self.question.get_untracked() {
            self.show_progress(0, 0);
            let (reason, turn) = (self.reason.get_untracked(), self.turn.get_value());
            question.act.run(Confirmed { reason, dialog: *self, turn });
        }
    }
}

impl Default for Confirmation {
    fn default() -> Self {
        Self::new()
    }
}

/// The dialog itself, once on a page.
#[component]
pub fn ConfirmationDialog(
    /// What the dialog knows.
    state: Confirmation,
    /// Why nothing can be done now, if so.
    #[prop(into)]
    obstacle: Signal<Option<&'static str>>,
) -> impl IntoView {
    let text =
        move |part: fn(&Question) -> String| move || state.question.read().as_ref().map(part).unwrap_or_default();
    let is_busy = move || state.progress.read().is_some();
    let class = move || {
        let is_destructive = state.question.read().as_ref().is_some_and(|question| question.is_destructive);
        if is_destructive { "button button-danger" } else { "button button-primary" }
    };
    view! {
        <dialog
            class="dialog"
            node_ref=state.element
            aria-label=text(|question| question.title.clone())
            on:close=move |_| state.was_closed()
        >
            <div class="dialog-form">
                <h2>{text(|question| question.title.clone())}</h2>
                <p class="dialog-lead">{text(|question| question.body.get())}</p>
                <Show when=move || state.question.read().as_ref().is_some_and(|question| question.wants_reason)>
                    <label class="field">
                        <span class="field-label">"Reason (optional)"</span>
                        <input
                            maxlength=LONGEST_REASON.to_string()
                            autocomplete="off"
                            prop:value=state.reason
                            on:input=move |event| state.reason.set(event_target_value(&event))
                        />
                    </label>
                </Show>
                {move || state.progress.get().filter(|(_, total)| *total > 0).map(|(done, total)| view! {
                    <p class="dialog-progress" role="status">
                        <progress max=total.to_string() value=done.to_string()></progress>
                        {format!("{done} of {total}")}
                    </p>
                })}
                <div class="dialog-actions">
                    <button type="button" class="button" autofocus on:click=move |_| state.close()>"Cancel"</button>
                    <button
                        type="button"
                        class=class
                        disabled=move || is_busy() || obstacle.get().is_some()
                        title=move || obstacle.get()
                        on:click=move |_| state.confirm()
                    >
                        {move || is_busy().then(|| view! { <Icon name=IconName::Spinner/> })}
                        {text(|question| question.button.clone())}
                    </button>
                </div>
            </div>
        </dialog>
    }
}
