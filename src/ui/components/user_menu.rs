//! Who is signed in, and the way out.

use leptos::prelude::*;

use crate::model::user::{CurrentUser, Role};
use crate::ui::components::icon::{Icon, IconName};
use crate::ui::disclosure::Disclosure;

/// A native disclosure: it opens without a script. With one it closes when the focus leaves it, and on Escape.
#[component]
pub fn UserMenu(
    /// Who is signed in.
    user: CurrentUser,
) -> impl IntoView {
    let initial = user.name.chars().next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
    let disclosure = Disclosure::new();
    view! {
        <details
            class="user-menu"
            node_ref=disclosure.element
            on:focusout=move |event| disclosure.blur(&event)
            on:keydown=move |event| disclosure.press(&event)
        >
            <summary node_ref=disclosure.summary>
                <span class="only-heard">{format!("Signed in as {}", user.name)}</span>
                <span class="avatar" aria-hidden="true">{initial}</span>
                <span class="user-name" aria-hidden="true">{user.name.clone()}</span>
                <Icon name=IconName::Chevron/>
            </summary>
            // What the pointer hits in it takes the focus, so that this stays in the menu until the click.
            <div class="user-panel" tabindex="-1">
                <p class="user-panel-name">{user.name.clone()}</p>
                <p class="user-panel-role">{format!("Role: {}", user.role)}</p>
                {(user.role >= Role::Admin).then(|| view! { <a class="button button-wide" href="/admin">"Administration"</a> })}
                <form method="post" action="/logout">
                    <button type="submit" class="button button-wide">"Sign out"</button>
                </form>
            </div>
        </details>
    }
}
