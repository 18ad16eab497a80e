//! A moment in words, with the exact time behind them.

use leptos::prelude::*;

use crate::live::clock::Clock;
use crate::ui::format;

/// Hovering tells the time by UTC, and the reader's own where that differs.
#[component]
pub fn Moment(
    /// The moment in ms since the Unix epoch.
    moment: Signal<u64>,
    /// The page's clock.
    clock: Clock,
    /// What is said of the moment, given the present one.
    words: fn(u64, u64) -> String,
) -> impl IntoView {
    let exactly = move || format::in_both_zones(moment.get(), clock.zone(moment.get()).unwrap_or_default());
    view! {
        <time datetime=move || format::machine_time(moment.get()) title=exactly>
            {move || words(moment.get(), clock.now())}
        </time>
    }
}
