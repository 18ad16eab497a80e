//! Tells the server that somebody is there, so that a session in use does not run out.

use std::cell::Cell;
use std::rc::Rc;

use gloo_net::http::Request;
use leptos::task::spawn_local;

use crate::live::clock::monotonic_ms;
use crate::live::listener::Listener;

/// At most one message in this long, in ms.
const TELL_EVERY_MS: f64 = 60_000.0;

/// What counts as somebody being there. Moving the pointer does not: tables move under pointers.
const INPUT: [&str; 2] = ["pointerdown", "keydown"];

/// Listens to input until it is dropped.
pub struct Presence {
    _listeners: Vec<Listener>,
}

impl Presence {
    /// Begins to listen. Loading the page has just told the server, so the first message comes a minute later at the
    /// earliest. In the browser alone.
    pub fn start() -> Self {
        let told_at = Rc::new(Cell::new(monotonic_ms()));
        let document = web_sys::window().and_then(|window| window.document());
        let listeners = document.iter().flat_map(|document| {
            INPUT.map(|name| {
                let told_at = told_at.clone();
                Listener::new(document, name, move |_| tell(&told_at))
            })
        });
        Self { _listeners: listeners.collect() }
    }
}

fn tell(told_at: &Cell<f64>) {
    let now = monotonic_ms();
    if now - told_at.get() < TELL_EVERY_MS {
        return;
    }
    told_at.set(now);
    // Whether it arrives does not matter to the page: a session that ended shows on the stream.
    spawn_local(async {
        let _ = Request::post("/api/session").send().await;
    });
}
