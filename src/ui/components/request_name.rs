//! Under what id the server's log and the audit have what went wrong.

use leptos::prelude::*;

use crate::ui::components::copy_button::CopyButton;

/// The id, small, with a button that copies it; a click on it selects it whole, where pages may not copy.
#[component]
pub fn RequestName(
    /// The request's id.
    id: String,
) -> impl IntoView {
    let text = id.clone();
    view! {
        <span class="request-name">
            "Request " <code>{id}</code> " "
            <CopyButton class="link-button" text=move || Some(text.clone())/>
        </span>
    }
}
