//! What operators asked of a service, as a list.

use leptos::prelude::*;

use crate::live::clock::Clock;
use crate::model::service_events::OperatorAction;
use crate::ui::components::chart_markers::in_words;
use crate::ui::components::time_ago::TimeAgo;

/// How many are listed; the audit has the rest.
const LISTED: usize = 10;

/// The newest actions, newest first.
#[component]
pub fn OperatorActions(
    /// What was asked.
    actions: Signal<Vec<OperatorAction>>,
    /// The page's clock.
    clock: Clock,
) -> impl IntoView {
    let item = move |action: &OperatorAction| {
        let reason = action.reason.clone().map(|reason| view! { <span class="under">{reason}</span> });
        view! { <li>{in_words(action)} " " <TimeAgo moment=action.id.milliseconds clock/> {reason}</li> }
    };
    view! {
        <ul class="actions-list" data-actions="">
            {move || actions.read().iter().take(LISTED).map(item).collect_view()}
        </ul>
        <Show when=move || actions.read().is_empty()>
            <p class="quiet">"Nobody asked anything of it in this time."</p>
        </Show>
    }
}
