//! A line of the past, without axes: the server has drawn it, and the page only shows it.

use leptos::prelude::*;

use crate::model::dashboard::{LINE_HEIGHT, LINE_WIDTH};

/// The line, as wide as its place. Whoever hears the page is told its range.
#[component]
pub fn PastLine(
    /// An SVG path on a plane of [`LINE_WIDTH`] × [`LINE_HEIGHT`].
    line: Memo<String>,
    /// What it ranges over, in words.
    range: Memo<String>,
) -> impl IntoView {
    view! {
        <svg
            class="past-line"
            viewBox=format!("0 0 {LINE_WIDTH} {LINE_HEIGHT}")
            preserveAspectRatio="none"
            role="img"
            aria-label=move || format!("Its past: {}", range.get())
        >
            <path d=line vector-effect="non-scaling-stroke"></path>
        </svg>
    }
}
