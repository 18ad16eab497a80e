//! Where the focus goes.

use leptos::ev::FocusEvent;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::Node;

/// What gets the focus that leaves something; `None` if nothing of the page does.
pub fn goes_to(event: &FocusEvent) -> Option<Node> {
    event.related_target().and_then(|target| target.dyn_into().ok())
}
