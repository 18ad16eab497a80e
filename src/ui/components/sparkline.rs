//! A number's way, as small as a word. What it says stands beside it in words.

use leptos::prelude::*;

use crate::model::timeline::Span;
use crate::ui::plot;

/// A line, with gaps where nothing is known.
#[component]
pub fn Sparkline(
    /// The number's way.
    spans: Vec<Option<Span>>,
) -> impl IntoView {
    let top = plot::scale(spans.iter().flatten().map(|span| span.max).fold(0.0, f64::max));
    let view_box = format!("0 -5 {} 110", spans.len().max(1));
    view! {
        <svg class="sparkline" viewBox=view_box preserveAspectRatio="none" aria-hidden="true" focusable="false">
            <path class="chart-line" d=plot::line(&spans, top)></path>
        </svg>
    }
}
