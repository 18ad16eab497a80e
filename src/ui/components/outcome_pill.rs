//! What came of an action: icon, word and tint.

use leptos::prelude::*;

use crate::model::audit::Verdict;
use crate::model::audit_list::Standing;
use crate::ui::components::icon::{Icon, IconName};

/// A pill for where an action stands.
#[component]
pub fn OutcomePill(
    /// Where it stands.
    standing: Standing,
) -> impl IntoView {
    let (tone, icon) = match standing {
        Standing::UnderWay => ("changing", IconName::Spinner),
        Standing::Ended(Verdict::Succeeded) => ("done", IconName::Check),
        Standing::Ended(Verdict::Failed) => ("failed", IconName::Cross),
        Standing::Ended(Verdict::Refused) => ("degraded", IconName::Stop),
        Standing::Ended(Verdict::NoAnswer) => ("no-signal", IconName::Warning),
    };
    view! {
        <span class=format!("pill pill-{tone}")>
            <Icon name=icon/>
            <span class="pill-words">{standing.label()}</span>
        </span>
    }
}
