//! How many services stand how, each count a filter.

use leptos::prelude::*;

use crate::ui::format;
use crate::ui::services_view::{ServicesView, TILES};

/// What the tiles say, in the order of [`TILES`].
const LABELS: [&str; TILES.len()] = ["Running", "Degraded", "Failed", "No signal", "Jobs waiting"];

/// A row of links with live counts; the chosen one leads back to all.
#[component]
pub fn ServiceTiles(
    /// What the table shows.
    view: ServicesView,
) -> impl IntoView {
    let tile = move |(place, (name, label)): (usize, (&'static str, &'static str))| {
        let count = Memo::new(move |_| view.count(place));
        view! {
            <a
                class="tile"
                class:quiet=move || count.get() == 0
                href=move || view.filter().toggled(name).address()
                aria-current=move || (view.filter().state == name).then_some("true")
                data-noscroll
                data-tile=name
            >
                <span class="tile-count">{move || format::count(&count.get().to_string())}</span>
                <span class="tile-label">{label}</span>
            </a>
        }
    };
    let tiles = TILES.into_iter().zip(LABELS).enumerate().map(tile);
    view! { <nav class="tiles service-tiles" aria-label="Services by state">{tiles.collect_view()}</nav> }
}
