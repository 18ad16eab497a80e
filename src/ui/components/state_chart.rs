//! A service's states over time.

use leptos::prelude::*;

use crate::model::service_events::OperatorAction;
use crate::model::status::ServiceState;
use crate::model::timeline::STRETCHES;
use crate::model::timeline::drawn::{Band, Drawn};
use crate::ui::components::chart_markers::ChartMarkers;
use crate::ui::components::time_axis::TimeAxis;
use crate::ui::{format, history_words};

/// The height of the drawing.
const HEIGHT: &str = "40";

/// A band for each state, and nothing but a dotted line where nothing was heard.
#[component]
pub fn StateChart(
    /// What to show.
    drawn: Memo<Drawn>,
    /// What operators asked.
    actions: Signal<Vec<OperatorAction>>,
) -> impl IntoView {
    let bands = Memo::new(move |_| drawn.read().bands());
    let band = move |band: Band| {
        let Band { first, count, state } = band;
        let (tone, y, height) = look(state.as_deref());
        let drawn = drawn.read();
        let times = [first, first + count].map(|place| format::date_and_time(drawn.moment(place)));
        let words = format!("{}, {} to {}", state.as_deref().unwrap_or("No data"), times[0], times[1]);
        view! {
            <rect class=format!("band band-{tone}") x=first.to_string() width=count.to_string() y=y height=height>
                <title>{words}</title>
            </rect>
        }
    };
    let shares = move || {
        let share = |(state, words): (Option<String>, String)| {
            view! { <li><span class=format!("swatch band-{}", look(state.as_deref()).0)></span>{words}</li> }
        };
        history_words::shares(&drawn.read()).into_iter().map(share).collect_view()
    };
    view! {
        <figure class="chart" data-chart="states">
            <figcaption>"State"</figcaption>
            <svg
                class="chart-bands"
                viewBox=format!("0 0 {STRETCHES} {HEIGHT}")
                preserveAspectRatio="none"
                role="img"
                aria-label=move || history_words::states(&drawn.read())
            >
                {move || bands.get().into_iter().map(band).collect_view()}
                <ChartMarkers drawn actions height=HEIGHT/>
            </svg>
            <TimeAxis drawn/>
            <ul class="legend">{shares}</ul>
        </figure>
    }
}

/// A band's tone, where it begins and how high it is: what asks to be seen is high, so that colour is not all that tells.
fn look(state: Option<&str>) -> (&'static str, &'static str, &'static str) {
    match state.map(ServiceState::from_word) {
        None => ("none", "38", "1"),
        Some(ServiceState::Failed) => ("failed", "0", "40"),
        Some(ServiceState::Degraded) => ("degraded", "5", "35"),
        Some(ServiceState::Running) => ("running", "11", "29"),
        Some(ServiceState::Starting | ServiceState::Stopping | ServiceState::Restarting) => ("changing", "16", "24"),
        Some(ServiceState::Other(_)) => ("other", "16", "24"),
        Some(ServiceState::Idle) => ("idle", "21", "19"),
        Some(ServiceState::Paused) => ("paused", "27", "13"),
        Some(ServiceState::Stopped) => ("stopped", "33", "7"),
    }
}
