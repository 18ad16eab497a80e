//! Service Manager: one authenticated page that shows every background service live and controls it.
//!
//! Data walks one way through the house: service → Redis → hub → stream → browser store → table row.
//! Commands walk back by their own door: button → server function → command → service.
//!
//! - [`model`]: the vocabulary, shared by server and browser; imports nothing of ours
//! - [`api`]: server functions, signatures for the browser and bodies for the server
//! - [`live`]: what keeps the page alive in the browser: the event stream, the table's store, the clock
//! - [`ui`]: pages and components
//! - [`app`]: the document, its contexts and routes
//! - [`server`]: everything that runs on the server alone
//!
//! `src/ARCHITECTURE.md` walks one status change through these rooms.

// A page is one type that nests every element in it.
#![recursion_limit = "256"]

pub mod api;
pub mod app;
pub mod live;
pub mod model;
pub mod ui;

#[cfg(feature = "ssr")]
pub mod server;

/// Takes over the HTML that the server sent: the browser's entry point.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    if live::address::has_moved_on() {
        return live::address::reload();
    }
    leptos::mount::hydrate_lazy(app::App);
}
