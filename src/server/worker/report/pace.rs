//! How often a service may speak.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// The most reports within [`WITHIN`].
const MOST: usize = 10;

/// The time within which they are counted.
const WITHIN: Duration = Duration::from_secs(1);

/// Remembers the latest reports: a few may follow each other at once, many may not.
#[derive(Debug, Default)]
pub struct Pace(VecDeque<Instant>);

impl Pace {
    /// When the next report may come; `None` if so few came that it may at any time.
    pub fn free_at(&self) -> Option<Instant> {
        (self.0.len() >= MOST).then(|| self.0.front().map(|oldest| *oldest + WITHIN)).flatten()
    }

    /// Notes a report.
    pub fn spoke(&mut self, at: Instant) {
        if self.0.len() >= MOST {
            self.0.pop_front();
        }
        self.0.push_back(at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_reports_may_come_at_once_and_no_eleventh_within_a_second() {
        let start = Instant::now();
        let after = |ms: u64| start + Duration::from_millis(ms);
        let mut pace = Pace::default();
        for n in 0..10 {
            assert_eq!(pace.free_at(), None);
            pace.spoke(after(n * 10));
        }
        assert_eq!(pace.free_at(), Some(after(1_000)), "a second after the first of the last ten");
        pace.spoke(after(1_000));
        assert_eq!(pace.free_at(), Some(after(1_010)));
        pace.spoke(after(5_000));
        assert_eq!(pace.free_at(), Some(after(1_020)), "which is long past by then");
    }
}
