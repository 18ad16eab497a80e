//! The bar at the top of every page for people who are signed in.

use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::HtmlElement;
use leptos::{ev, html};

use crate::live::Live;
use crate::model::console::Console;
use crate::model::user::Role;
use crate::ui::commander::Commander;
use crate::ui::components::connection_indicator::ConnectionIndicator;
use crate::ui::components::help_dialog::{HelpDialog, HelpSheet};
use crate::ui::components::icon::{Icon, IconName};
use crate::ui::components::palette::{Palette, PaletteState};
use crate::ui::components::shortcuts::Shortcuts;
use crate::ui::components::theme_switch::{ThemeChoice, ThemeSwitch};
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
    /// All of them, in their order.
    pub const ALL: [Self; 6] = [Self::Services, Self::Jobs, Self::Accounts, Self::Logs, Self::Dashboard, Self::Audit];

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

    /// Its name.
    pub const fn label(self) -> &'static str {
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

    /// The key that leads to it after `g`.
    pub const fn key(self) -> Option<&'static str> {
        match self {
            Self::Services => Some("s"),
            Self::Jobs => Some("j"),
            Self::Accounts => Some("a"),
            Self::Logs => Some("l"),
            Self::Dashboard => Some("d"),
            Self::Audit => Some("u"),
            Self::Administration => None,
        }
    }
}

/// Name, environment, tabs; connection, theme, help, user.
#[component]
pub fn Header(
    /// Who looks, and at what.
    console: Console,
    /// What keeps the page alive, on pages that are.
    #[prop(optional)]
    live: Option<Live>,
    /// Gives commands, for those who may and on pages that are kept alive.
    #[prop(optional_no_strip)]
    commander: Option<Commander>,
    /// The tab under which the page stands.
    tab: Tab,
) -> impl IntoView {
    let environment = console.environment;
    let (theme, help, palette) = (ThemeChoice::new(), HelpSheet::new(), PaletteState::new());
    let is_admin = console.user.role == Role::Admin;
    let tabs = NodeRef::<html::Nav>::new();
    Effect::new(move |_| {
        show_open(tabs);
        let resized = window_event_listener(ev::resize, move |_| show_open(tabs));
        on_cleanup(move || resized.remove());
    });
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
                        <span class="badge-words">"Sandbox data"</span>
                    </span>
                })}
            </div>
            <nav class="tabs" aria-label="Pages" node_ref=tabs>
                {Tab::ALL.map(|one| view! {
                    <a class="tab" href=one.path() aria-current=(one == tab).then_some("page")>{one.label()}</a>
                }).collect_view()}
            </nav>
            <div class="header-end">
                {live.map(|live| view! { <ConnectionIndicator live/> })}
                <ThemeSwitch choice=theme/>
                <button
                    type="button"
                    class="help-button needs-script"
                    title="Keys (?)"
                    aria-label="Help"
                    aria-haspopup="dialog"
                    on:click=move |_| help.open()
                >
                    "?"
                </button>
                <UserMenu user=console.user/>
            </div>
        </header>
        <Shortcuts theme help palette/>
        <HelpDialog sheet=help/>
        <Palette state=palette theme help live commander is_admin/>
    }
}

/// Scrolls the tabs of a narrow screen so that the open one is seen.
fn show_open(tabs: NodeRef<html::Nav>) {
    let Some(tabs) = tabs.get() else { return };
    let current = tabs.query_selector("[aria-current]").ok().flatten();
    if let Some(current) = current.and_then(|tab| tab.dyn_into::<HtmlElement>().ok()) {
        tabs.set_scroll_left(current.offset_left() + current.offset_width() / 2 - tabs.client_width() / 2);
    }
}
