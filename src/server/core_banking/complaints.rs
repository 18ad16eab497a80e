//! Complaining of malformed answers: each counts, and one of a kind is logged in a minute.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::server::metrics::{Malformation, Metrics};

/// The least time between two lines of the log about one kind.
const LOG_EVERY: Duration = Duration::from_secs(60);

/// Counts and logs. Cloning it shares what was logged when.
#[derive(Clone)]
pub struct Complaints {
    metrics: Metrics,
    kinds: Arc<Mutex<[Logged; Malformation::ALL.len()]>>,
}

/// What was logged of one kind.
#[derive(Clone, Copy, Default)]
struct Logged {
    last: Option<Instant>,
    /// How many have come since then.
    untold: u64,
}

impl Complaints {
    /// Nothing to complain of yet.
    pub fn new(metrics: Metrics) -> Self {
        Self { metrics, kinds: Arc::default() }
    }

    /// Complains of the answer to a question, such as `balances`. What stands in the answer, or which account it is
    /// about, is no business of the log.
    pub fn complain(&self, malformation: Malformation, question: &str) {
        self.metrics.core_banking_malformed(malformation);
        if let Some(untold) = self.due(malformation, Instant::now()) {
            let reason = malformation.label();
            tracing::warn!(reason, question, untold, "an answer of core banking does not follow the contract");
        }
    }

    /// How many were not logged before this one; `None` if this one is not logged either.
    fn due(&self, malformation: Malformation, now: Instant) -> Option<u64> {
        let mut kinds = self.kinds.lock().unwrap_or_else(PoisonError::into_inner);
        let place = Malformation::ALL.iter().position(|kind| *kind == malformation)?;
        let logged = kinds.get_mut(place)?;
        if logged.last.is_some_and(|last| now.saturating_duration_since(last) < LOG_EVERY) {
            logged.untold += 1;
            return None;
        }
        logged.last = Some(now);
        Some(std::mem::take(&mut logged.untold))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_of_a_kind_is_logged_in_a_minute_and_says_how_many_were_not() {
        let complaints = Complaints::new(Metrics::new().expect("metrics"));
        let start = Instant::now();
        let due = |kind, seconds| complaints.due(kind, start + Duration::from_secs(seconds));
        assert_eq!(due(Malformation::NotJson, 0), Some(0));
        assert_eq!(due(Malformation::NotJson, 1), None);
        assert_eq!(due(Malformation::NotJson, 59), None);
        assert_eq!(due(Malformation::TooLarge, 59), Some(0), "another kind");
        assert_eq!(due(Malformation::NotJson, 60), Some(2));
        assert_eq!(due(Malformation::NotJson, 119), None);
        assert_eq!(due(Malformation::NotJson, 120), Some(1));
    }
}
