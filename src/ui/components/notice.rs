//! A line above the content that says what is the matter.

use leptos::prelude::*;

use crate::ui::components::icon::{Icon, IconName};

/// How much a notice matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoticeTone {
    /// Something was done.
    Good,
    /// Something is in the way.
    Warning,
    /// Something went wrong.
    Bad,
}

/// One line, with an icon for its tone.
#[component]
pub fn Notice(
    /// How much it matters.
    tone: NoticeTone,
    /// What it says.
    children: Children,
) -> impl IntoView {
    let (class, icon) = match tone {
        NoticeTone::Good => ("notice notice-good", IconName::Check),
        NoticeTone::Warning => ("notice notice-warning", IconName::Warning),
        NoticeTone::Bad => ("notice notice-bad", IconName::Warning),
    };
    view! {
        <div class=class>
            <Icon name=icon/>
            <p>{children()}</p>
        </div>
    }
}
