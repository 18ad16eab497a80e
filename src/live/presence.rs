//! Tells the server that somebody is there, so that a session in use does not run out.

use std::cell::Cell;

use gloo_net::http::Request;
use leptos::task::spawn_local;

use crate::live::clock::monotonic_ms;
use crate::live::listener::Listener;

/// At most one message in this long, in ms.
const TELL_EVERY_MS: f64 = 60_000.0;

/// What counts as somebody being there. Moving the pointer does not: tables move under pointers.
const INPUT: [&str; 2] = ["pointerdown", "keydown"];

thread_local! {
    /// When the server was told last, whichever page that was on: loading the first one told it.
    static TOLD_AT: Cell<f64> = Cell::new(monotonic_ms());
}

/// Listens to input until it is dropped.
pub struct Presence {
    _listeners: Vec<Listener>,
}

impl Presence {
    /// Begins to listen; the server is told a minute after it was told last at the earliest. In the browser alone.
    pub fn start() -> Self {
        TOLD_AT.with(|_| ());
        let document = web_sys::window().and_then(|window| window.document());
        let listen = |document: &web_sys::Document| INPUT.map(|name| Listener::new(document, name, |_| tell()));
        Self { _listeners: document.iter().flat_map(listen).collect() }
    }
}

fn tell() {
    let now = monotonic_ms();
    if now - TOLD_AT.get() < TELL_EVERY_MS {
        return;
    }
    TOLD_AT.set(now);
    // Whether it arrives does not matter to the page: a session that ended shows on the stream.
    spawn_local(async {
        let _ = Request::post("/api/session").send().await;
    });
}
