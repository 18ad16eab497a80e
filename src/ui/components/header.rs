//! The bar at the top of every page for people who are signed in.

use leptos::prelude::*;

use crate::live::Live;
use crate::model::console::Console;
use crate::ui::components::connection_indicator::ConnectionIndicator;
use crate::ui::components::icon::{Icon, IconName};
use crate::ui::components::theme_switch::ThemeSwitch;
use crate::ui::components::user_menu::UserMenu;

/// Name, environment, tabs; connection, theme, user.
#[component]
pub fn Header(
    /// Who looks, and at what.
    console: Console,
    /// What keeps the page alive, on pages that are.
    #[prop(optional)]
    live: Option<Live>,
) -> impl IntoView {
    let environment = console.environment;
    view! {
        <header class="header">
            <a class="brand" href="/services">
                <span class="brand-mark"><Icon name=IconName::Mark/></span>
                <span class="brand-name">"Service Manager"</span>
            </a>
            <div class="badges">
                <span class=format!("badge badge-{environment}")>{environment.clone()}</span>
                {console.sandbox_data.then(|| view! {
                    <span class="badge badge-sandbox" title="The bank's data is made up by the sandbox">
                        <Icon name=IconName::Flask/>
                        "Sandbox data"
                    </span>
                })}
            </div>
            <nav class="tabs" aria-label="Pages">
                <a class="tab" href="/services" aria-current="page">"Services"</a>
            </nav>
            <div class="header-end">
                {live.map(|live| view! { <ConnectionIndicator live/> })}
                <ThemeSwitch/>
                <UserMenu user=console.user/>
            </div>
        </header>
    }
}
