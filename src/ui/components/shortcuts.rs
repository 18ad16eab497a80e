//! The keys that work on every page.

use leptos::ev::{self, KeyboardEvent};
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::{Element, HtmlElement};
use leptos_router::hooks::use_navigate;

use crate::ui::components::header::Tab;
use crate::ui::components::help_dialog::HelpSheet;
use crate::ui::components::palette::PaletteState;
use crate::ui::components::theme_switch::ThemeChoice;

/// How long, in ms, the second key of `g s` is waited for.
const SECOND_KEY_MS: f64 = 1_500.0;

/// Where keys are text and not orders.
const TYPING: &str = "input:not([type=checkbox]), textarea, select, [contenteditable]";

/// What `j` and `k` go through.
const LISTED: &str = "main tbody tr:not(.user-card tr, details:not([open]) tr), main .user-card";

/// What takes the focus in one of those; no button, since Enter is to open and not to do anything.
const LEADS: &str = "a[href], summary";

/// Listens as long as the page is there; shows nothing.
#[component]
pub fn Shortcuts(
    /// The theme that was chosen.
    theme: ThemeChoice,
    /// The sheet that names the keys.
    help: HelpSheet,
    /// Finds pages, services and actions.
    palette: PaletteState,
) -> impl IntoView {
    let navigate = use_navigate();
    let go = Callback::new(move |path: &'static str| navigate(path, Default::default()));
    let went_at = StoredValue::new(f64::NEG_INFINITY);
    let on_key = move |event: KeyboardEvent| {
        let is_with_control = event.ctrl_key() || event.meta_key();
        if is_with_control && !event.alt_key() && event.key().eq_ignore_ascii_case("k") && !is_asked() {
            event.prevent_default();
            return palette.open();
        }
        if is_with_control || event.alt_key() || is_typing(&event) || is_asked() {
            return;
        }
        let is_second = event.time_stamp() - went_at.get_value() < SECOND_KEY_MS;
        went_at.set_value(f64::NEG_INFINITY);
        let key = event.key();
        let tab = Tab::ALL.into_iter().find(|tab| tab.key() == Some(key.as_str())).filter(|_| is_second);
        match (key.as_str(), tab) {
            (_, Some(tab)) => go.run(tab.path()),
            ("g", _) => went_at.set_value(event.time_stamp()),
            ("/", _) => focus("main input[type=search]"),
            ("?", _) => help.open(),
            ("j", _) => step(Element::next_element_sibling),
            ("k", _) => step(Element::previous_element_sibling),
            ("t", _) => theme.next(),
            _ => return,
        }
        event.prevent_default();
    };
    Effect::new(move |_| {
        let listener = window_event_listener(ev::keydown, on_key);
        on_cleanup(move || listener.remove());
    });
}

fn is_typing(event: &KeyboardEvent) -> bool {
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    target.is_some_and(|target| target.closest(TYPING).ok().flatten().is_some())
}

/// Whether a dialog waits for an answer: it has the keys for itself.
fn is_asked() -> bool {
    found("dialog[open]").is_some()
}

fn found(selector: &str) -> Option<Element> {
    document().query_selector(selector).ok().flatten()
}

fn focus(selector: &str) {
    if let Some(element) = found(selector).and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
        // It fails only for an element that is gone.
        let _ = element.focus();
    }
}

/// Moves the focus to the next row or card, or to the first if it is on none: to what it leads to, if it leads anywhere.
fn step(onwards: fn(&Element) -> Option<Element>) {
    let current = document().active_element().and_then(|element| element.closest(LISTED).ok().flatten());
    let Some(next) = current.map_or_else(|| found(LISTED), |current| onwards(&current)) else { return };
    let target = next.query_selector(LEADS).ok().flatten().unwrap_or_else(|| {
        // Nothing in it takes the focus, so it does itself; the tab key passes it by all the same.
        let _ = next.set_attribute("tabindex", "-1");
        next
    });
    if let Ok(target) = target.dyn_into::<HtmlElement>() {
        // It fails only for an element that is gone.
        let _ = target.focus();
    }
}
