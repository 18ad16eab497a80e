//! Asks for what a page shows again when there is news of it, but not all the time.

use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::live::clock::monotonic_ms;

/// The shortest time between two questions, in ms.
const AT_MOST_EVERY_MS: f64 = 1_000.0;

/// Calls `again` when `news` changes: at once, then at most once a second. The last change is never left out.
pub fn when_there_is_news<T: PartialEq + 'static>(news: impl Fn() -> T + 'static, again: impl Fn() + Clone + 'static) {
    let asked_at = StoredValue::new(f64::NEG_INFINITY);
    let is_due = StoredValue::new(false);
    Effect::new(move |before: Option<T>| {
        let now = news();
        let is_news = before.is_some_and(|before| before != now);
        if is_news && !is_due.get_value() {
            is_due.set_value(true);
            let wait = (asked_at.get_value() + AT_MOST_EVERY_MS - monotonic_ms()).max(0.0);
            let again = again.clone();
            let ask = move || {
                // The page may be gone by the time the timer runs.
                if is_due.try_set_value(false).is_none() {
                    asked_at.set_value(monotonic_ms());
                    again();
                }
            };
            set_timeout(ask, Duration::from_millis(wait as u64));
        }
        now
    });
}

/// The questions about one thing that a page shows. They may overlap: the answer to an older one never replaces that to a
/// newer one. Copying it shares it.
#[derive(Clone, Copy)]
pub struct Questions {
    asked: StoredValue<u64>,
    answered: StoredValue<u64>,
}

impl Questions {
    /// None was asked yet.
    pub fn new() -> Self {
        Self { asked: StoredValue::new(0), answered: StoredValue::new(0) }
    }

    /// Asks, and takes the answer in. What could not be read now is read with the next news; the indicator tells of the
    /// connection.
    pub fn ask<A: 'static, E: 'static>(
        self,
        answer: impl Future<Output = Result<A, E>> + 'static,
        take_in: impl FnOnce(A) + 'static,
    ) {
        // The page may be gone by now, and once there is an answer.
        let number = self.asked.try_update_value(|asked| {
            *asked += 1;
            *asked
        });
        let Some(number) = number else { return };
        spawn_local(async move {
            let Ok(answer) = answer.await else { return };
            if self.answered.try_with_value(|newest| *newest < number) == Some(true) {
                self.answered.set_value(number);
                take_in(answer);
            }
        });
    }
}

impl Default for Questions {
    fn default() -> Self {
        Self::new()
    }
}
