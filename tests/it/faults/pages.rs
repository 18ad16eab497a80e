//! The pages of a trial, and what they have been told.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::faults::judge::Picture;
use crate::faults::trial::WITHIN;

/// What the pages show.
pub struct Pages(pub Vec<Arc<Mutex<Picture>>>);

impl Pages {
    /// Each of them.
    pub fn all(&self) -> impl Iterator<Item = MutexGuard<'_, Picture>> {
        self.0.iter().map(|page| page.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Waits until every page was told that Redis is out of reach; fails if that takes longer than `within`.
    pub async fn are_told(&self, within: Duration) -> Duration {
        let began = Instant::now();
        while !self.know() {
            assert!(began.elapsed() < within, "pages are not told within {within:?}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        began.elapsed()
    }

    /// Waits until every page is told that Redis is back; fails if that takes longer than the promise allows.
    pub async fn are_told_that_it_is_back(&self) -> Duration {
        let began = Instant::now();
        while self.all().any(|page| !page.is_connected) {
            assert!(began.elapsed() < WITHIN, "pages are not told within {WITHIN:?} that Redis is back");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        began.elapsed()
    }

    /// Whether every page was told that Redis is out of reach, and nothing else since.
    pub fn know(&self) -> bool {
        self.all().all(|page| !page.is_connected)
    }

    /// How often pages were told, all together.
    pub fn told(&self) -> u64 {
        self.all().map(|page| page.told_lost).sum()
    }
}
