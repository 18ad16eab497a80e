//! The moments under a chart.

use leptos::prelude::*;

use crate::model::timeline::STRETCHES;
use crate::model::timeline::drawn::Drawn;
use crate::ui::history_words;

/// Where it begins, three moments between, and where it ends; in UTC.
#[component]
pub fn TimeAxis(
    /// What the chart shows.
    drawn: Memo<Drawn>,
) -> impl IntoView {
    let moments = move || {
        let drawn = drawn.read();
        let moment = |quarter: usize| history_words::moment(drawn.moment(quarter * STRETCHES / 4), drawn.range);
        (0..=4).map(|quarter| view! { <span>{moment(quarter)}</span> }).collect_view()
    };
    view! { <div class="time-axis" aria-hidden="true">{moments}</div> }
}
