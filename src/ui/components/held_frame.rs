//! The frame of a table whose rows are held: it notices the pointer, and offers what is due.

use leptos::prelude::*;

use crate::live::Live;
use crate::ui::hold::Hold;

/// The offer lies above the table's head and moves nothing.
#[component]
pub fn HeldFrame(
    /// What the page knows.
    live: Live,
    /// Holds the rows.
    hold: Hold,
    /// What happened, in two words.
    words: &'static str,
    /// Whether something is due.
    #[prop(into)]
    has_moved: Signal<bool>,
    /// Shows it.
    apply: Callback<()>,
    /// The table, and what stands there without rows.
    children: Children,
) -> impl IntoView {
    view! {
        <div
            class="table-frame"
            class:not-current=move || !live.is_current()
            on:pointerover=move |_| hold.point(true)
            on:pointerleave=move |_| hold.point(false)
        >
            <div class="order-changed" role="status">
                <Show when=move || has_moved.get()>
                    <p>
                        {words} " "
                        <button type="button" class="button button-small" on:click=move |_| apply.run(())>"Apply"</button>
                    </p>
                </Show>
            </div>
            {children()}
        </div>
    }
}
