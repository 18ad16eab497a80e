//! Rows never move under a pointer or under the focus: while either is on them, they are held.

use leptos::ev::FocusEvent;
use leptos::html;
use leptos::prelude::*;
use leptos::web_sys::Node;

use crate::ui::focus::goes_to;

/// Whether the rows of a table are held. Copying it shares it.
#[derive(Clone, Copy)]
pub struct Hold {
    /// The rows.
    pub rows: NodeRef<html::Tbody>,
    is_pointed_at: RwSignal<bool>,
    has_focus: RwSignal<bool>,
}

impl Hold {
    /// Nothing is on them yet.
    pub fn new() -> Self {
        Self { rows: NodeRef::new(), is_pointed_at: RwSignal::new(false), has_focus: RwSignal::new(false) }
    }

    /// Does that whenever pointer and focus have left them.
    pub fn when_let_go(&self, act: impl Fn() + 'static) {
        let hold = *self;
        Effect::new(move |was_on: Option<bool>| {
            let is_on = hold.is_pointed_at.get() || hold.has_focus.get();
            if was_on == Some(true) && !is_on {
                untrack(&act);
            }
            is_on
        });
    }

    /// Whether they are held now; whoever asks is not told of changes. What had the focus may be gone without a word.
    pub fn is_on(&self) -> bool {
        let has_focus = self.has_focus.get_untracked() && self.holds(document().active_element().as_deref());
        self.is_pointed_at.get_untracked() || has_focus
    }

    fn holds(&self, node: Option<&Node>) -> bool {
        self.rows.try_get_untracked().flatten().is_some_and(|rows| node.is_some() && rows.contains(node))
    }

    /// The pointer came to the table, or left it.
    pub fn point(&self, is_on_it: bool) {
        if self.is_pointed_at.get_untracked() != is_on_it {
            self.is_pointed_at.set(is_on_it);
        }
    }

    /// The focus came to a row.
    pub fn focus(&self) {
        self.has_focus.set(true);
    }

    /// The focus left something in a row, perhaps for something else in one.
    pub fn blur(&self, event: &FocusEvent) {
        self.has_focus.set(self.holds(goes_to(event).as_ref()));
    }
}

impl Default for Hold {
    fn default() -> Self {
        Self::new()
    }
}
