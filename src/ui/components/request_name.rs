//! Under what id the server's log and the audit have what went wrong.

use leptos::prelude::*;

use crate::ui::clipboard;

/// The id, small, with a button that copies it; a click on it selects it whole, where pages may not copy.
#[component]
pub fn RequestName(
    /// The request's id.
    id: String,
) -> impl IntoView {
    let copied = RwSignal::new(false);
    let text = id.clone();
    view! {
        <span class="request-name">
            "Request " <code>{id}</code> " "
            <button type="button" class="link-button" on:click=move |_| copied.set(clipboard::copy(&text))>
                {move || if copied.get() { "Copied" } else { "Copy" }}
            </button>
        </span>
    }
}
