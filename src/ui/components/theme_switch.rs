//! System, light or dark.

use leptos::prelude::*;

use crate::ui::components::icon::{Icon, IconName};

/// Where the choice is kept; the script in the document's head reads it before the first paint.
const KEY: &str = "theme";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Theme {
    System,
    Light,
    Dark,
}

impl Theme {
    const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];

    const fn name(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    const fn label(self) -> &'static str {
        match self {
            Self::System => "System theme",
            Self::Light => "Light theme",
            Self::Dark => "Dark theme",
        }
    }

    const fn icon(self) -> IconName {
        match self {
            Self::System => IconName::Screen,
            Self::Light => IconName::Sun,
            Self::Dark => IconName::Moon,
        }
    }

    fn stored() -> Self {
        let name = storage().and_then(|storage| storage.get_item(KEY).ok().flatten());
        Self::ALL.into_iter().find(|theme| Some(theme.name()) == name.as_deref()).unwrap_or(Self::System)
    }

    /// Shows it and keeps it for the next visit, as far as this browser allows.
    fn take_effect(self) {
        let root = web_sys::window().and_then(|window| window.document()).and_then(|page| page.document_element());
        if let Some(root) = root {
            let _ = match self {
                Self::System => root.remove_attribute("data-theme"),
                Self::Light | Self::Dark => root.set_attribute("data-theme", self.name()),
            };
        }
        if let Some(storage) = storage() {
            let _ = storage.set_item(KEY, self.name());
        }
    }
}

/// The theme that was chosen. Copying it shares it.
#[derive(Clone, Copy)]
pub struct ThemeChoice(RwSignal<Theme>);

impl ThemeChoice {
    /// The system's, until the page runs in a browser and reads what was chosen there.
    pub fn new() -> Self {
        let chosen = RwSignal::new(Theme::System);
        // The server does not know what this browser stored, so the choice is read after the first render.
        Effect::new(move |_| chosen.set(Theme::stored()));
        Self(chosen)
    }

    /// Chooses the one after the present one.
    pub fn next(&self) {
        let chosen = self.0.get_untracked();
        let next = Theme::ALL.into_iter().cycle().skip_while(|theme| *theme != chosen).nth(1);
        self.choose(next.unwrap_or(Theme::System));
    }

    fn choose(&self, theme: Theme) {
        self.0.set(theme);
        theme.take_effect();
    }
}

impl Default for ThemeChoice {
    fn default() -> Self {
        Self::new()
    }
}

fn storage() -> Option<web_sys::Storage> {
    web_sys::window().and_then(|window| window.local_storage().ok().flatten())
}

/// Three buttons, one pressed. Hidden where there is no script to act on them.
#[component]
pub fn ThemeSwitch(
    /// The theme that was chosen.
    #[prop(default = ThemeChoice::new())]
    choice: ThemeChoice,
) -> impl IntoView {
    let button = move |theme: Theme| {
        view! {
            <button
                type="button"
                class="theme-choice"
                title=theme.label()
                aria-label=theme.label()
                aria-pressed=move || if choice.0.get() == theme { "true" } else { "false" }
                on:click=move |_| choice.choose(theme)
            >
                <Icon name=theme.icon()/>
            </button>
        }
    };
    view! {
        <div class="theme-switch needs-script" role="group" aria-label="Theme">
            {Theme::ALL.map(button).collect_view()}
        </div>
    }
}
