//! Makes an API token.

use leptos::ev::SubmitEvent;
use leptos::html;
use leptos::prelude::*;

use crate::model::user::Role;
use crate::ui::administrator::Administrator;
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
    let on_submit = move |event: SubmitEvent| {
        event.prevent_default();
        let (Some(list), Some(input)) = (user.get_untracked(), name.get_untracked()) else { return };
        let clear = Callback::new(move |()| {
            if let Some(input) = name.try_get_untracked().flatten() {
                input.set_value("");
            }
        });
        let deed = Deed::CreateToken { user: list.value(), name: input.value(), role: chosen_role(role) };
        administrator.ask(deed, Some(clear));
    };
    view! {
        <form class="deed-form needs-script" aria-label="Create a token" on:submit=on_submit>
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
            <button
                type="submit"
                class="button button-primary"
                disabled=move || administrator.obstacle().is_some() || administrator.is_sending.get()
                title=move || administrator.obstacle()
            >
                "Create token"
            </button>
        </form>
        <p class="without-script">
            "Creating tokens needs JavaScript here, or the command line: "
            <code>"service-manager token create --user NAME --name TEXT"</code>
        </p>
    }
}
