//! A moment that is to come, as it is felt.

use leptos::prelude::*;

use crate::live::clock::Clock;
use crate::ui::components::moment::Moment;
use crate::ui::format;

/// "in 4 m"; hovering tells the exact time.
#[component]
pub fn TimeUntil(
    /// The moment in ms since the Unix epoch.
    #[prop(into)]
    moment: Signal<u64>,
    /// The page's clock.
    clock: Clock,
) -> impl IntoView {
    view! { <Moment moment clock words=format::until/> }
}
