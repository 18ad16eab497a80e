//! Who may sign in, or is kept out.

use leptos::ev::SubmitEvent;
use leptos::html;
use leptos::prelude::*;

use crate::model::administration::UserEntry;
use crate::model::user::Role;
use crate::ui::administrator::Administrator;
use crate::ui::components::add_user_form::AddUserForm;
use crate::ui::components::deed_button::DeedButton;
use crate::ui::components::icon::{Icon, IconName};
use crate::ui::components::role_choice::{RoleChoice, chosen_role};
use crate::ui::deed::Deed;

/// Why the last administrator is left alone.
const LAST: &str = "The last administrator who may come in";

/// The list, and the form that adds to it.
#[component]
pub fn UserList(
    /// What the page's lists and buttons share.
    administrator: Administrator,
) -> impl IntoView {
    let users = move || administrator.shown.read().users.clone();
    let key = |user: &UserEntry| (user.name.clone(), user.role, user.disabled, user.is_last_admin);
    view! {
        <section class="section" id="users" aria-labelledby="users-title">
            <h2 id="users-title">"Users"</h2>
            <AddUserForm administrator/>
            <div class="table-frame">
                <table class="list users">
                    <caption class="only-heard">"Users"</caption>
                    <thead>
                        <tr>
                            <th scope="col">"Name"</th>
                            <th scope="col">"State"</th>
                            <th scope="col">"Role"</th>
                            <th scope="col" class="end">"Actions"</th>
                        </tr>
                    </thead>
                    <tbody>
                        <For each=users key=key let:user><UserRow administrator user/></For>
                    </tbody>
                </table>
            </div>
        </section>
    }
}

#[component]
fn UserRow(
    /// What the page's lists and buttons share.
    administrator: Administrator,
    /// The user.
    user: UserEntry,
) -> impl IntoView {
    let UserEntry { name, role, disabled, is_own, is_last_admin } = user;
    let last = is_last_admin.then_some(LAST);
    let (class, icon, state) =
        if disabled { ("pill", IconName::Cross, "Disabled") } else { ("pill pill-done", IconName::Check, "Enabled") };
    let place = name.clone();
    let toggle = if disabled { Deed::Enable(name.clone()) } else { Deed::Disable(name.clone()) };
    view! {
        <tr data-user=place>
            <th scope="row" data-cell="who">{name.clone()} {is_own.then_some(view! { <span class="under">"you"</span> })}</th>
            <td data-cell="state"><span class=class><Icon name=icon/> {state}</span></td>
            <td data-cell="role">
                <RoleForm administrator user=name.clone() role last/>
            </td>
            <td data-cell="actions" class="end">
                <div class="deeds">
                    <DeedButton administrator deed=Deed::ResetPassword(name.clone())/>
                    <DeedButton administrator deed=Deed::EndAllSessions(name)/>
                    <DeedButton administrator deed=toggle reason=last/>
                </div>
            </td>
        </tr>
    }
}

#[component]
fn RoleForm(
    /// What the page's lists and buttons share.
    administrator: Administrator,
    /// Whose role it is.
    user: String,
    /// The present one.
    role: Role,
    /// Why it cannot be another one, if so.
    last: Option<&'static str>,
) -> impl IntoView {
    let element = NodeRef::<html::Select>::new();
    let deed = Deed::SetRole { user: user.clone(), role };
    let (path, label, object) = (deed.path(), deed.label(), deed.object());
    let fields = deed.fields();
    let obstacle = Memo::new(move |_| last.or_else(|| administrator.obstacle()));
    let heard = format!("Role of {user}");
    let on_submit = move |event: SubmitEvent| {
        event.prevent_default();
        let chosen = chosen_role(element);
        if chosen != role && obstacle.get_untracked().is_none() {
            administrator.ask(Deed::SetRole { user: user.clone(), role: chosen }, None);
        }
    };
    view! {
        <form method="post" action=path class="deed" on:submit=on_submit>
            {fields.into_iter().map(|(name, value)| view! { <input type="hidden" name=name value=value/> }).collect_view()}
            <RoleChoice chosen=role label=heard element disabled=last.is_some()/>
            <button
                type="submit"
                class="button button-small"
                disabled=move || obstacle.get().is_some() || administrator.is_sending.get()
                title=move || obstacle.get()
            >
                {label} <span class="only-heard">{format!(" {object}")}</span>
            </button>
        </form>
    }
}
