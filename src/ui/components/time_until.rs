//! A moment that is to come, as it is felt, with the exact time behind it.

use leptos::prelude::*;

use crate::live::clock::Clock;
use crate::ui::format;

/// "in 4 m"; hovering tells the UTC time.
#[component]
pub fn TimeUntil(
    /// The moment in ms since the Unix epoch.
    #[prop(into)]
    moment: Signal<u64>,
    /// The page's clock.
    clock: Clock,
) -> impl IntoView {
    view! {
        <time datetime=move || format::machine_time(moment.get()) title=move || format::date_and_time(moment.get())>
            {move || format::until(moment.get(), clock.now())}
        </time>
    }
}
