//! Makes an API token.

use leptos::html;
use leptos::prelude::*;

use crate::model::user::Role;
use crate::ui::administrator::Administrator;
use crate::ui::components::deed_form::DeedForm;
use crate::ui::components::role_choice::{RoleChoice, chosen_role};
use crate::ui::deed::Deed;

/// Whose, what for, and what it may do; the token is shown once.
#[component]
pub fn CreateTokenForm(
    /// What the page's lists and buttons share.
    administrator: Administrator,
) -> impl IntoView {
    let (user, name, role) =
        (NodeRef::<html::Select>::new(), NodeRef::<html::Input>::new(), NodeRef::<html::Select>::new());
    // An administrator most often makes one for themselves.
    let users = Memo::new(move |_| {
        let shown = administrator.shown.read();
        let enabled = shown.users.iter().filter(|user| !user.disabled);
        enabled.map(|user| (user.name.clone(), user.is_own)).collect::<Vec<_>>()
    });
    let deed = Callback::new(move |name| {
        let user = user.get_untracked().map(|list| list.value()).unwrap_or_default();
        Deed::CreateToken { user, name, role: chosen_role(role) }
    });
    view! {
        <DeedForm administrator label="Create a token" button="Create token" name deed>
            <label class="field">
                <span class="field-label">"User"</span>
                <select class="choice-list" name="user" node_ref=user>
                    <For each=move || users.get() key=|(name, _)| name.clone() let((name, is_own))>
                        <option value=name.clone() selected=is_own>{name.clone()}</option>
                    </For>
                </select>
            </label>
            <label class="field">
                <span class="field-label">"What for"</span>
                <input node_ref=name name="name" required maxlength="64" autocomplete="off"/>
            </label>
            <label class="field">
                <span class="field-label">"Role at most"</span>
                <RoleChoice chosen=Role::Viewer element=role/>
            </label>
        </DeedForm>
        <p class="without-script">
            "Creating tokens needs JavaScript here, or the command line: "
            <code>"service-manager token create --user NAME --name TEXT"</code>
        </p>
    }
}
