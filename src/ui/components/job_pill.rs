//! Where a job stands: icon, word and tint.

use leptos::prelude::*;

use crate::model::job::JobState;
use crate::ui::components::icon::{Icon, IconName};

/// A pill for a job's state.
#[component]
pub fn JobPill(
    /// Where it stands.
    state: JobState,
) -> impl IntoView {
    let (tone, icon, words) = match state {
        JobState::Waiting => ("idle", IconName::Clock, "Waiting"),
        JobState::Running => ("running", IconName::Play, "Running"),
        JobState::Retrying => ("degraded", IconName::Refresh, "Retrying"),
        JobState::Done => ("done", IconName::Check, "Done"),
        JobState::Dead => ("failed", IconName::Cross, "Dead"),
    };
    view! {
        <span class=format!("pill pill-{tone}")>
            <Icon name=icon/>
            <span class="pill-words">{words}</span>
        </span>
    }
}
