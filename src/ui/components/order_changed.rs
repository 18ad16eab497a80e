//! Offers the rows that are due, while those that are shown stay where they are.

use leptos::prelude::*;

/// It lies above the table's head and moves nothing.
#[component]
pub fn OrderChanged(
    /// What happened, in two words.
    words: &'static str,
    /// Whether something is due.
    #[prop(into)]
    has_moved: Signal<bool>,
    /// Shows it.
    apply: Callback<()>,
) -> impl IntoView {
    view! {
        <div class="order-changed" role="status">
            <Show when=move || has_moved.get()>
                <p>
                    {words} " "
                    <button type="button" class="button button-small" on:click=move |_| apply.run(())>"Apply"</button>
                </p>
            </Show>
        </div>
    }
}
