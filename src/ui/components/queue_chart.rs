//! The lengths of a service's queues over time.

use leptos::prelude::*;

use crate::model::service_events::OperatorAction;
use crate::model::timeline::STRETCHES;
use crate::model::timeline::drawn::{Drawn, together};
use crate::ui::components::chart_markers::ChartMarkers;
use crate::ui::components::time_axis::TimeAxis;
use crate::ui::{history_words, plot};

/// A line for each queue, on one scale.
#[component]
pub fn QueueChart(
    /// What to show.
    drawn: Memo<Drawn>,
    /// The queues' names in words.
    labels: StoredValue<Vec<String>>,
    /// What operators asked.
    actions: Signal<Vec<OperatorAction>>,
) -> impl IntoView {
    let count = labels.with_value(Vec::len);
    let top = Memo::new(move |_| {
        let drawn = drawn.read();
        let most = (0..count).filter_map(|queue| together(&drawn.queue(queue))).map(|span| span.max);
        plot::scale(most.fold(0.0, f64::max))
    });
    let line = |queue: usize| {
        view! {
            <path class=format!("chart-reach series-{queue}") d=move || plot::reach(&drawn.read().queue(queue), top.get())></path>
            <path class=format!("chart-line series-{queue}") d=move || plot::line(&drawn.read().queue(queue), top.get())></path>
        }
    };
    let key = |queue: usize| {
        let label = labels.with_value(|labels| labels[queue].clone());
        let now = move || {
            let last = drawn.read().stretches.last().and_then(|stretch| stretch.spans.get(queue).copied().flatten());
            last.map_or_else(|| "no data".to_owned(), |span| plot::number(span.last))
        };
        view! {
            <li>
                <svg class="key" viewBox="0 0 20 4" aria-hidden="true" focusable="false">
                    <path class=format!("chart-line series-{queue}") d="M0 2H20"></path>
                </svg>
                {label} " " <strong>{now}</strong>
            </li>
        }
    };
    view! {
        <figure class="chart" data-chart="queues">
            <figcaption>"Queues"</figcaption>
            <div class="plot">
                <span class="plot-top" aria-hidden="true">{move || plot::number(top.get())}</span>
                <span class="plot-zero" aria-hidden="true">"0"</span>
                <svg
                    class="chart-lines"
                    viewBox=format!("0 0 {STRETCHES} {}", plot::HEIGHT)
                    preserveAspectRatio="none"
                    role="img"
                    aria-label=move || labels.with_value(|labels| history_words::queues(&drawn.read(), labels))
                >
                    {(0..count).map(line).collect_view()}
                    <ChartMarkers drawn actions height="100"/>
                </svg>
            </div>
            <TimeAxis drawn/>
            <ul class="legend">{(0..count).map(key).collect_view()}</ul>
        </figure>
    }
}
