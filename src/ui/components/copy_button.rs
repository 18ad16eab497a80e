//! A button that copies a text, and says for a moment whether it did.

use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::ui::clipboard;

/// What it says until it is pressed.
const COPY: &str = "Copy";

/// How long it says what came of it.
const TOLD_FOR: Duration = Duration::from_secs(2);

/// Copies what `text` is at that moment.
#[component]
pub fn CopyButton(
    /// The class of the button.
    class: &'static str,
    /// What is to be copied; nothing where there is nothing yet.
    text: impl Fn() -> Option<String> + 'static,
) -> impl IntoView {
    let label = RwSignal::new(COPY);
    let presses = StoredValue::new(0_u32);
    let copy = move |_| {
        let Some(text) = text() else { return };
        let press = presses.get_value().wrapping_add(1);
        presses.set_value(press);
        let copying = clipboard::copy(&text);
        spawn_local(async move {
            let said = if copying.await { "Copied" } else { "Could not copy" };
            // The button may be gone by then, or pressed again.
            let is_latest = move || presses.try_get_value() == Some(press);
            if is_latest() {
                let _ = label.try_set(said);
                let take_back = move || {
                    if is_latest() {
                        let _ = label.try_set(COPY);
                    }
                };
                set_timeout(take_back, TOLD_FOR);
            }
        });
    };
    view! { <button type="button" class=class on:click=copy>{move || label.get()}</button> }
}
