//! Numbers with their past, one tile each.

use leptos::prelude::*;

use crate::model::dashboard::Tile;
use crate::ui::components::past_line::PastLine;

/// The tiles; each is drawn again only where its number or its line changed.
#[component]
pub fn MeasuredTiles(
    /// What is shown.
    tiles: Memo<Vec<Tile>>,
) -> impl IntoView {
    let labels = move || tiles.read().iter().map(|tile| tile.label.clone()).collect::<Vec<_>>();
    let tile = move |label: String| {
        let name = StoredValue::new(label.clone());
        let part = move |part: fn(&Tile) -> &String| {
            Memo::new(move |_| {
                let tiles = tiles.read();
                let tile = name.with_value(|name| tiles.iter().find(|tile| tile.label == *name));
                tile.map(part).cloned().unwrap_or_default()
            })
        };
        let (value, range, line) = (part(|tile| &tile.value), part(|tile| &tile.range), part(|tile| &tile.line));
        let place = label.clone();
        view! {
            <li class="measured" data-tile=place>
                <span class="measured-label">{label}</span>
                <span class="measured-value">{value}</span>
                <PastLine line range/>
                <span class="measured-range">{range}</span>
            </li>
        }
    };
    view! {
        <ul class="measured-tiles">
            <For each=labels key=String::clone children=tile/>
        </ul>
    }
}
