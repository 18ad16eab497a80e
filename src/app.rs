//! The document, its contexts and its routes; nothing else.

use leptos::prelude::*;

/// The HTML document around the application.
pub fn shell(options: LeptosOptions) -> impl IntoView {
    let _ = options;
    view! { <!DOCTYPE html> <html lang="en"><body><App/></body></html> }
}

/// The application, rendered on the server and taken over in the browser.
#[component]
pub fn App() -> impl IntoView {
    view! { <main></main> }
}
