//! Whether the address is still that of the page that was loaded.

use wasm_bindgen::JsCast;
use web_sys::{PerformanceEntry, Window};

/// Whether somebody went back or on since the browser loaded the page. Until it is taken over, that changes the address alone:
/// what stands there is another page's.
pub fn has_moved_on() -> bool {
    let Some(window) = web_sys::window() else { return false };
    let Ok(address) = window.location().href() else { return false };
    loaded(&window).is_some_and(|loaded| page(&loaded) != page(&address))
}

/// Loads the page of the address.
pub fn reload() {
    // A browser that cannot load it shows what it has.
    let _ = web_sys::window().map(|window| window.location().reload());
}

/// The address that the browser loaded the page from.
fn loaded(window: &Window) -> Option<String> {
    let navigation = window.performance()?.get_entries_by_type("navigation").get(0);
    Some(navigation.dyn_into::<PerformanceEntry>().ok()?.name())
}

/// Without the place within the page.
fn page(address: &str) -> &str {
    address.split('#').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_within_the_page_is_the_same_page() {
        assert_eq!(page("https://bank.example/logs?level=warn#end"), "https://bank.example/logs?level=warn");
        assert_ne!(page("https://bank.example/logs"), page("https://bank.example/logs?level=warn"));
    }
}
