//! What operators asked of a service, as a list.

use leptos::prelude::*;

use crate::live::clock::Clock;
use crate::model::service_events::OperatorAction;
use crate::ui::components::chart_markers::in_words;
use crate::ui::components::time_ago::TimeAgo;

/// With more than that, the older ones are folded away.
const SHOWN_OPEN: usize = 10;

/// The actions, newest first.
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
    let older = Memo::new(move |_| actions.read().len().saturating_sub(SHOWN_OPEN));
    view! {
        <ul class="actions-list" data-actions="">
            {move || actions.read().iter().take(SHOWN_OPEN).map(item).collect_view()}
        </ul>
        <Show when=move || older.get() != 0>
            <details class="history-table">
                <summary>{move || format!("{} earlier", older.get())}</summary>
                <ul class="actions-list">{move || actions.read().iter().skip(SHOWN_OPEN).map(item).collect_view()}</ul>
            </details>
        </Show>
        <Show when=move || actions.read().is_empty()>
            <p class="quiet">"Nobody asked anything of it in this time."</p>
        </Show>
    }
}
