//! What can be pasted elsewhere.

use leptos::web_sys;

/// Puts a text where it can be pasted from, and answers whether the browser did. It does not let every page do that: none that
/// came over http from another machine, and others only if whoever reads them has nothing against it.
pub fn copy(text: &str) -> impl Future<Output = bool> + use<> {
    let clipboard = web_sys::window().map(|window| window.navigator().clipboard());
    let clipboard = clipboard.filter(|clipboard| !clipboard.is_undefined());
    // It is asked at once: to some browsers a click that was answered counts no more.
    let copying = clipboard.map(|clipboard| clipboard.write_text(text).into_future());
    async move {
        match copying {
            Some(copying) => copying.await.is_ok(),
            None => false,
        }
    }
}
