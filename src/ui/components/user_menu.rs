//! Who is signed in, and the way out.

use leptos::prelude::*;

use crate::model::user::CurrentUser;
use crate::ui::components::icon::{Icon, IconName};

/// A native disclosure: it opens without a script.
#[component]
pub fn UserMenu(
    /// Who is signed in.
    user: CurrentUser,
) -> impl IntoView {
    let initial = user.name.chars().next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
    view! {
        <details class="user-menu">
            <summary>
                <span class="only-heard">{format!("Signed in as {}", user.name)}</span>
                <span class="avatar" aria-hidden="true">{initial}</span>
                <span class="user-name" aria-hidden="true">{user.name.clone()}</span>
                <Icon name=IconName::Chevron/>
            </summary>
            <div class="user-panel">
                <p class="user-panel-name">{user.name.clone()}</p>
                <p class="user-panel-role">{format!("Role: {}", user.role)}</p>
                <form method="post" action="/logout">
                    <button type="submit" class="button button-wide">"Sign out"</button>
                </form>
            </div>
        </details>
    }
}
