//! There is no such page.

use leptos::prelude::*;
use leptos_meta::Title;

/// Says so, and shows the way back.
#[component]
pub fn NotFoundPage() -> impl IntoView {
    view! {
        <Title text="Not found"/>
        <main class="page page-narrow">
            <h1>"There is no such page"</h1>
            <p class="page-actions"><a class="button button-primary" href="/services">"Go to Services"</a></p>
        </main>
    }
}
