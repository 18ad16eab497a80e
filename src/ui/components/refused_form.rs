//! That a form without a script was refused.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use crate::ui::components::notice::{Notice, NoticeTone};

/// Such a form comes back with its refusal in the address, which anyone can write: only fixed words are shown.
#[component]
pub fn RefusedForm(
    /// The words.
    words: &'static str,
) -> impl IntoView {
    let query = use_query_map();
    let is_refused = Memo::new(move |_| query.read().get("__err").is_some());
    view! {
        <Show when=move || is_refused.get()>
            <Notice tone=NoticeTone::Bad>{words}</Notice>
        </Show>
    }
}
