//! What operators asked of a service, as lines across a chart.

use leptos::prelude::*;

use crate::model::service_events::OperatorAction;
use crate::model::timeline::drawn::Drawn;
use crate::ui::format;

/// A line for each action, within a drawing of that height. The list beside the chart says the same in words.
#[component]
pub fn ChartMarkers(
    /// What the chart shows.
    drawn: Memo<Drawn>,
    /// What was asked.
    actions: Signal<Vec<OperatorAction>>,
    /// How high the drawing is.
    height: &'static str,
) -> impl IntoView {
    let line = move |action: &OperatorAction| {
        let place = drawn.read().place(action.id.milliseconds)?.to_string();
        let words = format!("{}, {}", in_words(action), format::date_and_time(action.id.milliseconds));
        Some(view! {
            <line class="chart-marker" x1=place.clone() x2=place y1="0" y2=height><title>{words}</title></line>
        })
    };
    move || actions.read().iter().filter_map(line).collect_view()
}

/// "Stop by ana: Succeeded".
pub fn in_words(action: &OperatorAction) -> String {
    format!("{} by {}: {}", action.action.label(), action.actor, action.standing.label())
}
