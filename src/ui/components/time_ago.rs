//! A moment that has been, as it is felt.

use leptos::prelude::*;

use crate::live::clock::Clock;
use crate::ui::components::moment::Moment;
use crate::ui::format;

/// "12 s ago"; hovering tells the exact time.
#[component]
pub fn TimeAgo(
    /// The moment in ms since the Unix epoch.
    #[prop(into)]
    moment: Signal<u64>,
    /// The page's clock.
    clock: Clock,
) -> impl IntoView {
    view! { <Moment moment clock words=format::ago/> }
}
