//! How far a run is.

use leptos::prelude::*;

use crate::model::run::RunProgress;
use crate::ui::format;

/// A bar, with "37 of 1000" beside it. While it is not known how far the run goes the bar only says that it goes on.
#[component]
pub fn RunProgressBar(
    /// How far it is.
    #[prop(into)]
    progress: Signal<RunProgress>,
) -> impl IntoView {
    let total = move || progress.get().total;
    let value = move || (total() > 0).then(|| progress.get().done.min(total()));
    view! {
        <span class="run-progress">
            <progress max=move || total().max(1) value=value aria-label="Progress of the run"></progress>
            <span class="run-progress-text">{move || (total() > 0).then(|| format::progress(progress.get()))}</span>
        </span>
    }
}
