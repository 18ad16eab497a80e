//! Counts what an attempt at a job comes to, also one that is cut short.

use std::sync::{Mutex, PoisonError};

use crate::model::run::Tally;

/// A tally that grows while the work goes on, in several places at once.
#[derive(Debug, Default)]
pub struct Counter(Mutex<Tally>);

impl Counter {
    /// Adds to it.
    pub fn add(&self, tally: Tally) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) += tally;
    }

    /// What was looked at, and how much of it differed from what was kept.
    pub fn checked(&self, checked: usize, changed: usize) {
        self.add(Tally { checked: checked as u64, changed: changed as u64, errors: 0 });
    }

    /// One more could not be looked at.
    pub fn unread(&self) {
        self.add(Tally { errors: 1, ..Tally::default() });
    }

    /// What it has come to.
    pub fn tally(&self) -> Tally {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
