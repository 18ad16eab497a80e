//! The server's time in the browser: one ticker for the whole page.

use std::time::Duration;

use leptos::prelude::*;

/// Redis's time, advanced every second by the browser's monotonic clock and put right by every ping.
///
/// Until the page runs it stands still at the snapshot's time, so that the browser's first render equals the server's.
#[derive(Clone, Copy)]
pub struct Clock {
    now: RwSignal<u64>,
    /// Redis's time less the browser's monotonic time, in ms.
    offset: StoredValue<f64>,
}

impl Clock {
    /// A clock that stands at `now`, in ms since the Unix epoch.
    pub fn new(now: u64) -> Self {
        Self { now: RwSignal::new(now), offset: StoredValue::new(0.0) }
    }

    /// The time in ms since the Unix epoch; whoever reads it is told every second.
    pub fn now(&self) -> u64 {
        self.now.get()
    }

    /// The time in ms since the Unix epoch.
    pub fn now_untracked(&self) -> u64 {
        self.now.get_untracked()
    }

    /// Sets it by the server's word.
    pub fn correct(&self, now: u64) {
        self.offset.set_value(now as f64 - monotonic_ms());
        self.tick();
    }

    /// Lets it run until the effect that calls this is dropped. In the browser alone.
    pub fn start(&self) {
        let clock = *self;
        clock.correct(clock.now_untracked());
        if let Ok(ticker) = set_interval_with_handle(move || clock.tick(), Duration::from_secs(1)) {
            on_cleanup(move || ticker.clear());
        }
    }

    fn tick(&self) {
        if let Some(offset) = self.offset.try_get_value() {
            self.now.set((offset + monotonic_ms()).max(0.0) as u64);
        }
    }
}

/// Milliseconds since the page was opened, never going back. In the browser alone.
pub fn monotonic_ms() -> f64 {
    web_sys::window().and_then(|window| window.performance()).map_or(0.0, |performance| performance.now())
}
