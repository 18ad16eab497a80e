//! The bar at the top of every page for people who are signed in.

use leptos::prelude::*;

use crate::live::Live;
use crate::model::console::Console;
use crate::ui::components::connection_indicator::ConnectionIndicator;
use crate::ui::components::icon::{Icon, IconName};
use crate::ui::components::theme_switch::ThemeSwitch;
use crate::ui::components::user_menu::UserMenu;

/// A page that is reached from everywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tab {
    /// The services.
    Services,
    /// The jobs.
    Jobs,
    /// The bank's users and their accounts.
    Accounts,
    /// What the services say line by line.
    Logs,
    /// What is measured.
    Dashboard,
    /// Who did what.
    Audit,
    /// Users, sessions, tokens and what was refused; reached by the user's menu.
    Administration,
}

impl Tab {
    const ALL: [Self; 6] = [Self::Services, Self::Jobs, Self::Accounts, Self::Logs, Self::Dashboard, Self::Audit];

    /// Where it is.
    pub const fn path(self) -> &'static str {
        match self {
            Self::Services => "/services",
            Self::Jobs => "/jobs",
            Self::Accounts => "/accounts",
            Self::Logs => "/logs",
            Self::Dashboard => "/dashboard",
            Self::Audit => "/audit",
            Self::Administration => "/admin",
        }
    }

    const fn label(self) -> &'static str {
        match self {
            Self::Services => "Services",
            Self::Jobs => "Jobs",
            Self::Accounts => "Accounts",
            Self::Logs => "Logs",
            Self::Dashboard => "Dashboard",
            Self::Audit => "Audit",
            Self::Administration => "Administration",
        }
    }
}

/// Name, environment, tabs; connection, theme, user.
#[component]
pub fn Header(
    /// Who looks, and at what.
    console: Console,
    /// What keeps the page alive, on pages that are.
    #[prop(optional)]
    live: Option<Live>,
    /// The tab under which the page stands.
    tab: Tab,
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
                {Tab::ALL.map(|one| view! {
                    <a class="tab" href=one.path() aria-current=(one == tab).then_some("page")>{one.label()}</a>
                }).collect_view()}
            </nav>
            <div class="header-end">
                {live.map(|live| view! { <ConnectionIndicator live/> })}
                <ThemeSwitch/>
                <UserMenu user=console.user/>
            </div>
        </header>
    }
}
