//! Redis's time between two of its answers.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// What Redis's clock last said, and our own clock at that moment.
#[derive(Default)]
pub struct RedisClock(Option<(u64, Instant)>);

impl RedisClock {
    /// Notes what Redis's clock says now, in ms.
    pub fn set(&mut self, now: u64) {
        self.0 = Some((now, Instant::now()));
    }

    /// What it would say now, in ms: what it last said, and how long ago that was. Our own clock's time before Redis
    /// spoke.
    pub fn now(&self) -> u64 {
        let elapsed = match self.0 {
            Some((then, at)) => return then + at.elapsed().as_millis() as u64,
            None => SystemTime::now().duration_since(UNIX_EPOCH),
        };
        elapsed.map_or(0, |elapsed| elapsed.as_millis() as u64)
    }
}
