//! What changed while the page was cut off, for whoever comes back to it.

use std::collections::{BTreeMap, BTreeSet};

use leptos::prelude::*;

use crate::live::clock::monotonic_ms;
use crate::live::event_stream::incoming::Incoming;
use crate::live::table::digest::Digest;
use crate::model::command::{Command, CommandId};
use crate::model::service::ServiceId;
use crate::model::status::ServiceState;

/// How long, in ms, a page has to be cut off before it is worth a word.
const WORTH_A_WORD_MS: u64 = 10_000;

/// The most states that are told of one service: the first ones and the last.
const MOST_STATES: usize = 6;

/// What changed meanwhile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// How long it lasted, in ms.
    pub lasted: u64,
    /// Whether the page let its stream go because nobody saw it.
    pub was_hidden: bool,
    /// The states that each service went through, as far as they were told, A–Z.
    pub changes: Vec<(ServiceId, Vec<String>)>,
    /// How many commands were given.
    pub actions: usize,
    /// All services that either is true of, A–Z.
    pub services: Vec<ServiceId>,
}

/// The memory of one absence. Copying it shares it.
#[derive(Clone, Copy)]
pub struct Away {
    record: StoredValue<Option<Record>>,
    summary: RwSignal<Option<Summary>>,
}

impl Away {
    /// Nothing was missed yet.
    pub fn new() -> Self {
        Self { record: StoredValue::new(None), summary: RwSignal::new(None) }
    }

    /// What changed during the last absence, until it was read.
    pub fn summary(&self) -> Option<Summary> {
        self.summary.get()
    }

    /// Notes that it was read.
    pub fn dismiss(&self) {
        self.summary.set(None);
    }

    /// The page is cut off: it heard nothing since it was `since` by Redis's clock, which is `silence` ms ago. An absence that did
    /// not end goes on. In the browser alone.
    pub fn begin(&self, digests: &[Digest], since: u64, silence: u64, is_hidden: bool) {
        let begins = self.record.try_with_value(Option::is_none).unwrap_or_default();
        if begins {
            let began = (monotonic_ms() as u64).saturating_sub(silence);
            self.record.set_value(Some(Record::new(digests, since, began, is_hidden)));
        }
    }

    /// Hears what the stream brings, when it is `now` by Redis's clock.
    pub fn hear(&self, incoming: &Incoming, now: u64) {
        self.record.try_update_value(|record| {
            if let Some(record) = record {
                record.hear(incoming, now);
            }
        });
    }

    /// The page knows everything again, when it is `now` by Redis's clock. In the browser alone.
    pub fn end(&self, digests: &[Digest], now: u64) {
        let record = self.record.try_update_value(Option::take).flatten();
        if let Some(summary) = record.and_then(|record| record.end(digests, now, monotonic_ms() as u64)) {
            self.summary.set(Some(summary));
        }
    }
}

impl Default for Away {
    fn default() -> Self {
        Self::new()
    }
}

/// What is gathered during an absence.
#[derive(Debug)]
struct Record {
    /// When it began, by the browser's monotonic clock in ms, and by Redis's.
    since: u64,
    since_by_redis: u64,
    was_hidden: bool,
    before: BTreeMap<ServiceId, String>,
    heard: BTreeMap<ServiceId, Vec<String>>,
    commanded: BTreeMap<ServiceId, BTreeSet<CommandId>>,
    /// How many commands the server counted, where they were more than one.
    counted: BTreeMap<ServiceId, usize>,
}

impl Record {
    fn new(digests: &[Digest], now: u64, since: u64, was_hidden: bool) -> Self {
        let before = digests.iter().map(|digest| (digest.id, digest.words(now).to_owned())).collect();
        let (heard, commanded, counted) = Default::default();
        Self { since, since_by_redis: now, was_hidden, before, heard, commanded, counted }
    }

    fn hear(&mut self, incoming: &Incoming, now: u64) {
        match incoming {
            Incoming::Status(message) => {
                let state = ServiceState::of(&message.status.fields());
                self.note(message.service, state.label());
            }
            Incoming::Full(message) => {
                for row in &message.services {
                    self.note(row.id, Digest::of(row).words(now));
                    if let Some(command) = &row.command {
                        self.note_command(command);
                    }
                }
                let gone = |id: &&ServiceId| message.services.iter().all(|row| row.id != **id);
                let gone: Vec<ServiceId> = self.before.keys().filter(gone).copied().collect();
                for id in gone {
                    self.note(id, "forgotten");
                }
            }
            Incoming::States(told) => {
                for (service, states) in &told.states {
                    states.iter().for_each(|state| self.note(*service, state));
                }
                self.counted.extend(&told.commands);
            }
            Incoming::Removed(removed) => self.note(removed.service, "forgotten"),
            Incoming::Command(command) => self.note_command(command),
            _ => {}
        }
    }

    fn note_command(&mut self, command: &Command) {
        if command.requested_at >= self.since_by_redis {
            self.commanded.entry(command.service).or_default().insert(command.id.clone());
        }
    }

    fn note(&mut self, id: ServiceId, state: &str) {
        let before = || vec![self.before.get(&id).cloned().unwrap_or_else(|| "new".to_owned())];
        let states = self.heard.entry(id).or_insert_with(before);
        if states.last().is_some_and(|last| last == state) {
            return;
        }
        if states.len() == MOST_STATES {
            states.pop();
        }
        states.push(state.to_owned());
    }

    /// What is worth telling when it ends, `now` by Redis's clock and `at` by the browser's. A page that nobody saw is told of
    /// only if something happened.
    fn end(mut self, digests: &[Digest], now: u64, at: u64) -> Option<Summary> {
        // One that fell silent sent nothing that could be heard.
        for digest in digests {
            if !self.heard.contains_key(&digest.id) {
                self.note(digest.id, digest.words(now));
            }
        }
        let lasted = at.saturating_sub(self.since);
        let changes: Vec<_> = self.heard.into_iter().filter(|(_, states)| states.len() > 1).collect();
        let is_nothing = changes.is_empty() && self.commanded.is_empty();
        if lasted < WORTH_A_WORD_MS || (is_nothing && self.was_hidden) {
            return None;
        }
        let changed = changes.iter().map(|(id, _)| *id);
        let services: BTreeSet<ServiceId> = changed.chain(self.commanded.keys().copied()).collect();
        Some(Summary {
            lasted,
            was_hidden: self.was_hidden,
            changes,
            actions: self
                .commanded
                .iter()
                .map(|(id, known)| known.len().max(self.counted.get(id).copied().unwrap_or(0)))
                .sum(),
            services: services.into_iter().collect(),
        })
    }
}

#[cfg(test)]
mod tests;
