//! What a service is doing: icon, word and tint.

use leptos::prelude::*;

use crate::model::status::{Freshness, ServiceState};
use crate::ui::components::icon::{Icon, IconName};

/// A pill for a state. A silent service's state is not known to be true, so "No signal" stands in its place.
#[component]
pub fn StatusPill(
    /// What the service last said.
    state: ServiceState,
    /// How recently it was heard.
    freshness: Freshness,
) -> impl IntoView {
    let (tone, icon) = match (freshness, &state) {
        (Freshness::NoSignal, _) => ("no-signal", IconName::Warning),
        (_, ServiceState::Running) => ("running", IconName::Play),
        (_, ServiceState::Idle) => ("idle", IconName::Clock),
        (_, ServiceState::Starting | ServiceState::Stopping | ServiceState::Restarting) => {
            ("changing", IconName::Spinner)
        }
        (_, ServiceState::Paused) => ("paused", IconName::Pause),
        (_, ServiceState::Degraded) => ("degraded", IconName::Warning),
        (_, ServiceState::Failed) => ("failed", IconName::Cross),
        (_, ServiceState::Stopped) => ("stopped", IconName::Stop),
        (_, ServiceState::Other(_)) => ("other", IconName::Dot),
    };
    let words = if freshness == Freshness::NoSignal { "No signal".to_owned() } else { state.label().to_owned() };
    view! {
        <span class=format!("pill pill-{tone}")>
            <Icon name=icon/>
            <span class="pill-words">{words}</span>
        </span>
        {(freshness == Freshness::Late)
            .then(|| view! { <span class="late" title="Its last report is overdue">"Late"</span> })}
    }
}
