//! The document, its contexts and its routes; nothing else.

use leptos::prelude::*;

/// The application, rendered on the server and taken over in the browser.
#[component]
pub fn App() -> impl IntoView {
    view! { <main></main> }
}
