//! The states that services went through lately, for pages that come back.

use std::collections::{BTreeMap, VecDeque};

use crate::model::event::{EntryId, States, StatusMessage};
use crate::model::service::ServiceId;
use crate::model::status::ServiceState;

/// The most states that are kept of one service.
const MOST: usize = 6;

/// The longest word for one, in characters: a service may call its state what it likes.
const LONGEST: usize = 64;

/// Each state with the entry of the report that named it first.
#[derive(Default)]
pub struct Past(BTreeMap<ServiceId, VecDeque<(EntryId, String)>>);

impl Past {
    /// Notes the state that a service reported at that place of the log.
    pub fn note(&mut self, entry: EntryId, message: &StatusMessage) {
        let state = ServiceState::of(&message.status.fields());
        let word: String = state.label().chars().take(LONGEST).collect();
        let states = self.0.entry(message.service).or_default();
        if states.back().is_some_and(|(_, known)| *known == word) {
            return;
        }
        if states.len() == MOST {
            states.pop_front();
        }
        states.push_back((entry, word));
    }

    /// Forgets what a service was.
    pub fn forget(&mut self, service: ServiceId) {
        self.0.remove(&service);
    }

    /// Through which states services went after that place of the log. Of one that changed once its newest report tells as much.
    pub fn after(&self, entry: EntryId) -> Option<States> {
        let later = |states: &VecDeque<(EntryId, String)>| -> Vec<String> {
            states.iter().filter(|(at, _)| *at > entry).map(|(_, word)| word.clone()).collect()
        };
        let states: BTreeMap<_, _> = self.0.iter().map(|(service, states)| (*service, later(states))).collect();
        let states: BTreeMap<_, _> = states.into_iter().filter(|(_, states)| states.len() > 1).collect();
        (!states.is_empty()).then_some(States { states })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(sequence: u64) -> EntryId {
        EntryId { milliseconds: 1, sequence }
    }

    fn past(words: &[&str]) -> Past {
        let mut past = Past::default();
        for (sequence, word) in (1..).zip(words) {
            let json = format!(r#"{{"service":"mail","timestamp":1,"status":{{"state":"{word}"}}}}"#);
            past.note(at(sequence), &serde_json::from_str(&json).expect("a message"));
        }
        past
    }

    fn told(past: &Past, after: u64) -> Vec<String> {
        past.after(at(after)).into_iter().flat_map(|states| states.states.into_values().flatten()).collect()
    }

    #[test]
    fn states_after_a_place_of_the_log_are_told_in_their_order_and_repeats_are_none() {
        let past = past(&["running", "running", "failed", "failed", "running"]);
        assert_eq!(told(&past, 2), ["Failed", "Running"]);
        assert_eq!(told(&past, 0), ["Running", "Failed", "Running"]);
        assert_eq!(told(&past, 3), [""; 0], "the newest report tells of one change");
        assert_eq!(told(&past, 5), [""; 0]);
    }

    #[test]
    fn a_service_that_changes_all_the_time_takes_no_more_room_and_its_newest_states_are_told() {
        let words: Vec<String> = (0..100).map(|number| format!("{number}{}", "x".repeat(1_000))).collect();
        let told = told(&past(&words.iter().map(String::as_str).collect::<Vec<_>>()), 0);
        assert_eq!((told.len(), told.last().map(String::len)), (MOST, Some(LONGEST)));
        assert!(told.last().is_some_and(|word| word.starts_with("99x")));
    }

    #[test]
    fn a_service_that_was_forgotten_has_no_past() {
        let mut past = past(&["running", "failed"]);
        past.forget(ServiceId::parse("mail").expect("an id"));
        assert_eq!(past.after(at(0)), None);
    }
}
