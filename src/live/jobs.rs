//! The jobs the operator waits for, and how they ended.

use std::collections::VecDeque;

use leptos::prelude::*;

use crate::model::job::{JobId, JobOutcome};

/// How many ends are kept of jobs nobody waits for yet.
const RECENT: usize = 32;

/// Matches ends with jobs, whichever is heard first: a fast job's end can overtake the answer that names the job.
#[derive(Clone, Debug, Default)]
pub struct JobBook {
    waiting: Vec<JobId>,
    recent: VecDeque<JobOutcome>,
}

impl JobBook {
    /// Waits for a job. Answers its end if that was already heard.
    pub fn wait_for(&mut self, id: JobId) -> Option<JobOutcome> {
        let ended = self.recent.iter().find(|outcome| outcome.id == id).cloned();
        if ended.is_none() && !self.waiting.contains(&id) {
            self.waiting.push(id);
        }
        ended
    }

    /// Hears of an end. True if someone waited for it; each end counts once.
    pub fn ended(&mut self, outcome: &JobOutcome) -> bool {
        if let Some(place) = self.waiting.iter().position(|id| *id == outcome.id) {
            self.waiting.remove(place);
            return true;
        }
        if !self.recent.iter().any(|known| known.id == outcome.id) {
            self.recent.truncate(RECENT - 1);
            self.recent.push_front(outcome.clone());
        }
        false
    }

    /// Stops waiting for a job of which nothing is known any more.
    pub fn forget(&mut self, id: &JobId) {
        self.waiting.retain(|waiting| waiting != id);
    }
}

/// The job book of all pages, and who is told of an end that was waited for.
#[derive(Clone, Copy)]
pub struct Jobs {
    book: RwSignal<JobBook>,
    listener: StoredValue<Option<Callback<JobOutcome>>>,
}

impl Jobs {
    /// An empty book.
    pub fn new() -> Self {
        Self { book: RwSignal::new(JobBook::default()), listener: StoredValue::new(None) }
    }

    /// Names who is told of every end that was waited for.
    pub fn on_ended(&self, listener: Callback<JobOutcome>) {
        self.listener.set_value(Some(listener));
    }

    /// Waits for a job; the listener hears of its end, even if that was there first.
    pub fn wait_for(&self, id: JobId) {
        if let Some(outcome) = self.book.try_update(|book| book.wait_for(id)).flatten() {
            self.tell(outcome);
        }
    }

    /// Hears of an end, from the stream or by asking.
    pub fn ended(&self, outcome: JobOutcome) {
        if self.book.try_update(|book| book.ended(&outcome)).unwrap_or(false) {
            self.tell(outcome);
        }
    }

    /// Stops waiting for a job of which nothing is known any more.
    pub fn forget(&self, id: &JobId) {
        let _ = self.book.try_update(|book| book.forget(id));
    }

    /// The jobs waited for; whoever reads them is told of changes.
    pub fn waiting(&self) -> Vec<JobId> {
        self.book.with(|book| book.waiting.clone())
    }

    fn tell(&self, outcome: JobOutcome) {
        if let Some(listener) = self.listener.try_get_value().flatten() {
            let _ = listener.try_run(outcome);
        }
    }
}

impl Default for Jobs {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::job::{JobState, Lane, Subject};
    use crate::model::service::BuiltIn;

    fn outcome(id: &str) -> JobOutcome {
        JobOutcome {
            id: JobId(id.to_owned()),
            service: BuiltIn::BalanceSync.id(),
            lane: Lane::Priority,
            subject: Subject::User(1),
            state: JobState::Done,
            message: String::new(),
        }
    }

    #[test]
    fn an_end_is_told_once_to_whoever_waits() {
        let mut book = JobBook::default();
        assert_eq!(book.wait_for(JobId("a".to_owned())), None);
        assert!(book.ended(&outcome("a")));
        assert!(!book.ended(&outcome("a")), "asking and the stream may both bring it");
    }

    #[test]
    fn an_end_heard_before_its_job_is_not_lost() {
        let mut book = JobBook::default();
        assert!(!book.ended(&outcome("a")));
        assert_eq!(book.wait_for(JobId("a".to_owned())), Some(outcome("a")));
        assert!(book.waiting.is_empty());
    }

    #[test]
    fn ends_nobody_waits_for_take_bounded_room() {
        let mut book = JobBook::default();
        for number in 0..1_000 {
            book.ended(&outcome(&number.to_string()));
        }
        assert_eq!(book.recent.len(), RECENT);
        assert!(book.wait_for(JobId("999".to_owned())).is_some());
        assert!(book.wait_for(JobId("1".to_owned())).is_none());
    }
}
