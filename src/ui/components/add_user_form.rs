//! Adds somebody who may sign in.

use leptos::html;
use leptos::prelude::*;

use crate::model::user::Role;
use crate::ui::administrator::Administrator;
use crate::ui::components::deed_form::DeedForm;
use crate::ui::components::role_choice::{RoleChoice, chosen_role};
use crate::ui::deed::Deed;

/// Name and role; the password is made up, and shown once.
#[component]
pub fn AddUserForm(
    /// What the page's lists and buttons share.
    administrator: Administrator,
) -> impl IntoView {
    let (name, role) = (NodeRef::<html::Input>::new(), NodeRef::<html::Select>::new());
    let deed = Callback::new(move |name| Deed::AddUser { name, role: chosen_role(role) });
    view! {
        <DeedForm administrator label="Add a user" button="Add user" name deed>
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
        </DeedForm>
        <p class="without-script">
            "Adding users and new passwords need JavaScript here, or the command line: "
            <code>"service-manager user add NAME --role viewer"</code>
        </p>
    }
}
