//! A `<details>` that behaves like a menu: it closes when the focus leaves it, and on Escape.

use leptos::ev::{FocusEvent, KeyboardEvent};
use leptos::html;
use leptos::prelude::*;
use leptos::web_sys::HtmlDetailsElement;

use crate::ui::focus::goes_to;

/// The parts of one. Copying it shares it.
#[derive(Clone, Copy)]
pub struct Disclosure {
    /// The whole.
    pub element: NodeRef<html::Details>,
    /// What opens it.
    pub summary: NodeRef<html::Summary>,
}

impl Disclosure {
    /// One that is not drawn yet.
    pub fn new() -> Self {
        Self { element: NodeRef::new(), summary: NodeRef::new() }
    }

    /// Closes it.
    pub fn close(self) {
        if let Some(details) = self.details() {
            details.set_open(false);
        }
    }

    /// The page may be gone while it is still drawn.
    fn details(self) -> Option<HtmlDetailsElement> {
        self.element.try_get_untracked().flatten()
    }

    /// The focus left something in it.
    pub fn blur(self, event: &FocusEvent) {
        let to = goes_to(event);
        let stays = self.details().is_some_and(|details| to.is_some() && details.contains(to.as_ref()));
        if !stays {
            self.close();
        }
    }

    /// A key was pressed in it.
    pub fn press(self, event: &KeyboardEvent) {
        if event.key() != "Escape" {
            return;
        }
        self.close();
        if let Some(summary) = self.summary.try_get_untracked().flatten() {
            // It fails only for an element that is gone.
            let _ = summary.focus();
        }
    }
}

impl Default for Disclosure {
    fn default() -> Self {
        Self::new()
    }
}
