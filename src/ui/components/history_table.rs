//! What the charts of a service show, as a table.

use leptos::prelude::*;

use crate::model::timeline::STRETCHES;
use crate::model::timeline::drawn::{Drawn, together};
use crate::ui::{history_words, plot};

/// The rows: each is a twelfth of the time.
const ROWS: usize = 12;

/// Folded up until somebody asks for it.
#[component]
pub fn HistoryTable(
    /// What to show.
    drawn: Memo<Drawn>,
    /// The queues' names in words.
    labels: StoredValue<Vec<String>>,
) -> impl IntoView {
    let row = move |row: usize| {
        let drawn = drawn.read();
        let (first, count) = (row * STRETCHES / ROWS, STRETCHES / ROWS);
        let part = drawn.stretches.get(first..first + count).unwrap_or_default();
        let mut words: Vec<&str> = Vec::new();
        for stretch in part {
            let word = drawn.word(stretch).unwrap_or("no data");
            if !words.contains(&word) {
                words.push(word);
            }
        }
        let numbers = (0..labels.with_value(Vec::len)).map(|queue| {
            let spans = drawn.queue(queue);
            let span = together(spans.get(first..first + count).unwrap_or_default());
            let words = span.map_or_else(
                || "no data".to_owned(),
                |span| {
                    let [min, max] = [span.min, span.max].map(plot::number);
                    if min == max { min } else { format!("{min} to {max}") }
                },
            );
            view! { <td class="number">{words}</td> }
        });
        let began = history_words::moment(drawn.moment(first), drawn.range);
        view! { <tr><th scope="row">{began}</th> <td>{words.join(", ")}</td> {numbers.collect_view()}</tr> }
    };
    let heading = |label: &String| view! { <th scope="col" class="number">{label.clone()}</th> };
    view! {
        <details class="history-table">
            <summary>"History as a table"</summary>
            <div class="table-frame scrolls">
                <table class="list">
                    <thead>
                        <tr>
                            <th scope="col">"From (UTC)"</th>
                            <th scope="col">"State"</th>
                            {labels.with_value(|labels| labels.iter().map(heading).collect_view())}
                        </tr>
                    </thead>
                    <tbody>{move || (0..ROWS).map(row).collect_view()}</tbody>
                </table>
            </div>
        </details>
    }
}
