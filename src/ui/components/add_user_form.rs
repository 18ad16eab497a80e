//! Adds somebody who may sign in.

use leptos::ev::SubmitEvent;
use leptos::html;
use leptos::prelude::*;

use crate::model::user::Role;
use crate::ui::administrator::Administrator;
use crate::ui::components::role_choice::{RoleChoice, chosen_role};
use crate::ui::deed::Deed;

/// Name and role; the password is made up, and shown once.
#[component]
pub fn AddUserForm(
    /// What the page's lists and buttons share.
    administrator: Administrator,
) -> impl IntoView {
    let (name, role) = (NodeRef::<html::Input>::new(), NodeRef::<html::Select>::new());
    let on_submit = move |event: SubmitEvent| {
        event.prevent_default();
        let Some(input) = name.get_untracked() else { return };
        let clear = Callback::new(move |()| {
            if let Some(input) = name.try_get_untracked().flatten() {
                input.set_value("");
            }
        });
        administrator.ask(Deed::AddUser { name: input.value(), role: chosen_role(role) }, Some(clear));
    };
    view! {
        <form class="deed-form needs-script" aria-label="Add a user" on:submit=on_submit>
            <label class="field">
                <span class="field-label">"Name"</span>
                <input
                    node_ref=name
                    name="name"
                    required
                    maxlength="64"
                    pattern="[a-z0-9._\\-]+"
                    title="1 to 64 of a-z, 0-9, '.', '_' and '-'"
                    autocomplete="off"
                    autocapitalize="none"
                    spellcheck="false"
                />
            </label>
            <label class="field">
                <span class="field-label">"Role"</span>
                <RoleChoice chosen=Role::Viewer element=role/>
            </label>
            <button
                type="submit"
                class="button button-primary"
                disabled=move || administrator.obstacle().is_some() || administrator.is_sending.get()
                title=move || administrator.obstacle()
            >
                "Add user"
            </button>
        </form>
        <p class="without-script">
            "Adding users and new passwords need JavaScript here, or the command line: "
            <code>"service-manager user add NAME --role viewer"</code>
        </p>
    }
}
