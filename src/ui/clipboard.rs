//! What can be pasted elsewhere.

use leptos::web_sys;

/// Puts a text where it can be pasted from; false where the browser does not let pages do that, as over http to another machine.
pub fn copy(text: &str) -> bool {
    let clipboard = web_sys::window().map(|window| window.navigator().clipboard());
    let Some(clipboard) = clipboard.filter(|clipboard| !clipboard.is_undefined()) else { return false };
    // Whether it may is asked of the browser, which says so to whoever clicked.
    let _ = clipboard.write_text(text);
    true
}
