//! A choice of roles.

use leptos::html;
use leptos::prelude::*;

use crate::model::user::Role;

/// A native list named `role`.
#[component]
pub fn RoleChoice(
    /// The role that is chosen at first.
    chosen: Role,
    /// What it says to those who hear it, where no label stands beside it.
    #[prop(optional, into)]
    label: Option<String>,
    /// Where its value is read.
    element: NodeRef<html::Select>,
    /// Whether there is no choice.
    #[prop(optional)]
    disabled: bool,
) -> impl IntoView {
    view! {
        <select name="role" class="choice-list" node_ref=element aria-label=label disabled=disabled>
            {Role::ALL.map(|role| view! {
                <option value=role.name() selected=role == chosen>{role.name()}</option>
            }).collect_view()}
        </select>
    }
}

/// The role that is chosen; the least one where that cannot be told.
pub fn chosen_role(element: NodeRef<html::Select>) -> Role {
    element.get_untracked().and_then(|list| list.value().parse().ok()).unwrap_or(Role::Viewer)
}
