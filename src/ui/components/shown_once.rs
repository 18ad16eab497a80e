//! A password or a token that is shown once.

use leptos::html;
use leptos::prelude::*;

use crate::model::administration::Done;

/// A native dialog that opens when there is something to show, and forgets it when it is closed.
#[component]
pub fn ShownOnce(
    /// What is to be shown.
    told: RwSignal<Option<Done>>,
) -> impl IntoView {
    let (dialog, input) = (NodeRef::<html::Dialog>::new(), NodeRef::<html::Input>::new());
    Effect::new(move |_| {
        if told.read().is_some()
            && let Some(dialog) = dialog.get_untracked()
        {
            // It fails only for a dialog that is open already.
            let _ = dialog.show_modal();
        }
    });
    let select = move |_| {
        if let Some(input) = input.get_untracked() {
            input.select();
        }
    };
    let close = move |_| {
        if let Some(dialog) = dialog.get_untracked() {
            dialog.close();
        }
    };
    let message = move || told.read().as_ref().map(|done| done.message.clone()).unwrap_or_default();
    let secret = move || told.read().as_ref().and_then(|done| done.secret.clone()).unwrap_or_default();
    view! {
        <dialog class="dialog" node_ref=dialog aria-labelledby="once-title" on:close=move |_| told.set(None)>
            <div class="dialog-form">
                <h2 id="once-title">{message}</h2>
                <p class="dialog-lead">"This is shown once. Copy it now: nobody can look it up later."</p>
                <input
                    class="secret"
                    node_ref=input
                    readonly
                    autofocus
                    aria-label="Shown once"
                    spellcheck="false"
                    prop:value=secret
                    on:focus=select
                />
                <div class="dialog-actions">
                    <button type="button" class="button button-primary" on:click=close>"I have it"</button>
                </div>
            </div>
        </dialog>
    }
}
