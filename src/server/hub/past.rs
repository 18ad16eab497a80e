//! The states that services went through and the commands they were given lately, for pages that come back.

use std::collections::{BTreeMap, VecDeque};

use crate::model::command::{Command, CommandId};
use crate::model::event::{EntryId, States, StatusMessage};
use crate::model::service::ServiceId;
use crate::model::status::ServiceState;

/// The most states that are kept of one service.
const MOST: usize = 6;

/// The longest word for one, in characters: a service may call its state what it likes.
const LONGEST: usize = 64;

/// The most commands that are counted of one service.
const MOST_COMMANDS: usize = 100;

/// What is remembered of all services.
#[derive(Default)]
pub struct Past {
    /// Each state with the entry of the report that named it first.
    states: BTreeMap<ServiceId, VecDeque<(EntryId, String)>>,
    /// Each command with the entry that gave it.
    commands: BTreeMap<ServiceId, VecDeque<(EntryId, CommandId)>>,
}

impl Past {
    /// Notes the state that a service reported at that place of the log.
    pub fn note(&mut self, entry: EntryId, message: &StatusMessage) {
        let state = ServiceState::of(&message.status.fields());
        let word: String = state.label().chars().take(LONGEST).collect();
        let states = self.states.entry(message.service).or_default();
        if states.back().is_some_and(|(_, known)| *known == word) {
            return;
        }
        if states.len() == MOST {
            states.pop_front();
        }
        states.push_back((entry, word));
    }

    /// Notes where a command stands at that place of the log.
    pub fn note_command(&mut self, entry: EntryId, command: &Command) {
        let commands = self.commands.entry(command.service).or_default();
        if commands.back().is_some_and(|(_, known)| *known == command.id) {
            return;
        }
        if commands.len() == MOST_COMMANDS {
            commands.pop_front();
        }
        commands.push_back((entry, command.id.clone()));
    }

    /// Forgets what a service was, and what it was told.
    pub fn forget(&mut self, service: ServiceId) {
        self.states.remove(&service);
        self.commands.remove(&service);
    }

    /// Through which states services went after that place of the log, and how many commands they were given. Of one that changed
    /// once, or was given one, its newest report and command tell as much.
    pub fn after(&self, entry: EntryId) -> Option<States> {
        let later = |states: &VecDeque<(EntryId, String)>| -> Vec<String> {
            states.iter().filter(|(at, _)| *at > entry).map(|(_, word)| word.clone()).collect()
        };
        let states = self.states.iter().map(|(service, states)| (*service, later(states)));
        let states: BTreeMap<_, _> = states.filter(|(_, states)| states.len() > 1).collect();
        let given = |commands: &VecDeque<(EntryId, CommandId)>| commands.iter().filter(|(at, _)| *at > entry).count();
        let commands = self.commands.iter().map(|(service, commands)| (*service, given(commands)));
        let commands: BTreeMap<_, _> = commands.filter(|(_, given)| *given > 1).collect();
        (!states.is_empty() || !commands.is_empty()).then_some(States { states, commands })
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
    fn commands_are_counted_each_once_whatever_comes_of_it() {
        let mut past = Past::default();
        for (entry, id, outcome) in
            [(1, "a", "requested"), (2, "b", "requested"), (3, "b", "succeeded"), (4, "c", "requested")]
        {
            let json = format!(
                r#"{{"id":"{id}","service":"mail","command":"stop","actor":"ana","outcome":"{outcome}","requestedAt":1,"changedAt":1}}"#
            );
            past.note_command(at(entry), &serde_json::from_str(&json).expect("a command"));
        }
        let given = |after| past.after(at(after)).and_then(|states| states.commands.into_values().next());
        assert_eq!([given(0), given(1), given(2)], [Some(3), Some(2), None]);
    }

    #[test]
    fn a_service_that_was_forgotten_has_no_past() {
        let mut past = past(&["running", "failed"]);
        past.forget(ServiceId::parse("mail").expect("an id"));
        assert_eq!(past.after(at(0)), None);
    }
}
