//! The server's time in the browser: one ticker for the whole page.

use std::cell::Cell;
use std::time::Duration;

use leptos::prelude::*;

/// How many parts of a second there are at which rows of a long table look at the clock.
const PHASES: usize = 8;

/// The time between two of them.
const BETWEEN_PHASES: Duration = Duration::from_millis(1_000 / PHASES as u64);

/// Redis's time, advanced every second by the browser's monotonic clock and put right by every ping.
///
/// Until the page runs it stands still at the snapshot's time, so that the browser's first render equals the server's.
#[derive(Clone, Copy)]
pub struct Clock {
    now: RwSignal<u64>,
    /// The same time, told at different parts of each second; the first is `now`.
    phases: StoredValue<[RwSignal<u64>; PHASES]>,
    /// Redis's time less the browser's monotonic time, in ms.
    offset: StoredValue<f64>,
    is_running: RwSignal<bool>,
}

impl Clock {
    /// A clock that stands at `now`, in ms since the Unix epoch.
    pub fn new(now: u64) -> Self {
        let phases = std::array::from_fn(|_| RwSignal::new(now));
        let (offset, is_running) = (StoredValue::new(0.0), RwSignal::new(false));
        Self { now: phases[0], phases: StoredValue::new(phases), offset, is_running }
    }

    /// The same clock as it is read by one of many rows: those of another number are told at another part of the second,
    /// so that a thousand rows do not all change in one frame.
    pub fn for_row(&self, number: usize) -> Self {
        let now = self.phases.with_value(|phases| phases[number % PHASES]);
        Self { now, ..*self }
    }

    /// The time in ms since the Unix epoch; whoever reads it is told every second.
    pub fn now(&self) -> u64 {
        self.now.get()
    }

    /// The time in ms since the Unix epoch.
    pub fn now_untracked(&self) -> u64 {
        self.now.get_untracked()
    }

    /// By how many minutes the reader's time of day was or will be ahead of UTC at a moment in ms since the Unix epoch;
    /// `None` until the clock runs, which it does in the browser alone.
    pub fn zone(&self, moment: u64) -> Option<i64> {
        self.is_running.get().then(|| -js_sys::Date::new(&(moment as f64).into()).get_timezone_offset() as i64)
    }

    /// Sets it by the server's word.
    pub fn correct(&self, now: u64) {
        self.offset.set_value(now as f64 - monotonic_ms());
        self.tick(0);
    }

    /// Lets it run until the effect that calls this is dropped. In the browser alone.
    pub fn start(&self) {
        let clock = *self;
        clock.correct(clock.now_untracked());
        let phase = Cell::new(0);
        let tick = move || {
            phase.set((phase.get() + 1) % PHASES);
            clock.tick(phase.get());
        };
        if let Ok(ticker) = set_interval_with_handle(tick, BETWEEN_PHASES) {
            on_cleanup(move || ticker.clear());
        }
        clock.is_running.set(true);
    }

    fn tick(&self, phase: usize) {
        let signal = self.phases.try_with_value(|phases| phases[phase]);
        if let (Some(offset), Some(signal)) = (self.offset.try_get_value(), signal) {
            signal.set((offset + monotonic_ms()).max(0.0) as u64);
        }
    }
}

/// Milliseconds since the page was opened, never going back. In the browser alone.
pub fn monotonic_ms() -> f64 {
    web_sys::window().and_then(|window| window.performance()).map_or(0.0, |performance| performance.now())
}
