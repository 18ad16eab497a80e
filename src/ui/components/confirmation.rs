//! The dialog that asks before something is done, and shows how far it is.

use leptos::html;
use leptos::prelude::*;

use crate::model::command::LONGEST_REASON;

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
    /// What is done then, with the reason; empty if none was given. It closes the dialog when it has ended.
    pub act: Callback<String>,
}

/// What the dialog knows. Copying it shares it.
#[derive(Clone, Copy)]
pub struct Confirmation {
    element: NodeRef<html::Dialog>,
    question: RwSignal<Option<Question>>,
    reason: RwSignal<String>,
    /// How many are done, of how many.
    progress: RwSignal<Option<(usize, usize)>>,
    /// Under which questions live: the row or the message that asks may be gone before the answer.
    owner: StoredValue<Option<Owner>>,
}

impl Confirmation {
    /// A closed dialog.
    pub fn new() -> Self {
        let (question, reason, progress) = (RwSignal::new(None), RwSignal::new(String::new()), RwSignal::new(None));
        Self { element: NodeRef::new(), question, reason, progress, owner: StoredValue::new(Owner::current()) }
    }

    /// Asks. The browser puts the focus on Cancel, and back to where it was in the end.
    pub fn ask(&self, question: impl FnOnce() -> Question) {
        let question = match self.owner.get_value() {
            Some(owner) => owner.with(question),
            None => question(),
        };
        self.progress.set(None);
        self.reason.set(String::new());
        self.question.set(Some(question));
        if let Some(dialog) = self.element.get_untracked() {
            // It fails only for a dialog that is open already.
            let _ = dialog.show_modal();
        }
    }

    /// Shows how far it is.
    pub fn show_progress(&self, done: usize, total: usize) {
        let _ = self.progress.try_set(Some((done, total.max(done))));
    }

    /// Closes the dialog.
    pub fn close(&self) {
        let _ = self.progress.try_set(None);
        if let Some(dialog) = self.element.try_get_untracked().flatten() {
            dialog.close();
        }
    }

    fn confirm(&self) {
        if let Some(question) = self.question.get_untracked() {
            self.show_progress(0, 0);
            question.act.run(self.reason.get_untracked());
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
        <dialog class="dialog" node_ref=state.element aria-label=text(|question| question.title.clone())>
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
                        {text(|question| question.button.clone())}
                    </button>
                </div>
            </div>
        </dialog>
    }
}
