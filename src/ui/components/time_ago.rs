//! A moment as it is felt, with the exact time behind it.

use leptos::prelude::*;

use crate::live::clock::Clock;
use crate::ui::format;

/// "12 s ago"; hovering tells the UTC time.
#[component]
pub fn TimeAgo(
    /// The moment in ms since the Unix epoch.
    #[prop(into)]
    moment: Signal<u64>,
    /// The page's clock.
    clock: Clock,
) -> impl IntoView {
    view! {
        <time datetime=move || format::machine_time(moment.get()) title=move || format::date_and_time(moment.get())>
            {move || format::ago(moment.get(), clock.now())}
        </time>
    }
}
