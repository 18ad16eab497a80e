//! A service's history reduced to what a chart can show: states and queues in equal stretches of time.
//!
//! The server makes it from the history in Redis; the page goes on with what the stream brings, by the same rules.

pub mod drawn;
mod range;

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::model::status::{ServiceState, TIMES};
use crate::model::timeline::drawn::{Drawn, Stretch};

pub use range::TimeRange;

/// How many stretches a chart has.
pub const STRETCHES: usize = 300;

/// Without a change of state, history gets an entry this often, in ms: what it lacks for as long is not known to be silence.
pub const HISTORY_EVERY_MS: u64 = 10_000;

/// How many queues a chart shows.
const MOST_QUEUES: usize = 4;

/// How many words for states are told apart.
const MOST_STATES: usize = 16;

/// The longest word for a state, in characters.
const LONGEST_STATE: usize = 40;

/// Larger numbers count nothing that waits: they are times.
const LARGEST_COUNT: f64 = 1e11;

/// How a number moved within a stretch.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "[f64; 3]", into = "[f64; 3]")]
pub struct Span {
    /// The least it was.
    pub min: f64,
    /// The most it was.
    pub max: f64,
    /// What it was in the end.
    pub last: f64,
}

impl From<[f64; 3]> for Span {
    fn from([min, max, last]: [f64; 3]) -> Self {
        Self { min, max, last }
    }
}

impl From<Span> for [f64; 3] {
    fn from(span: Span) -> Self {
        [span.min, span.max, span.last]
    }
}

/// One report, as far as a chart needs it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Seen {
    /// When Redis took it in, in ms since the Unix epoch.
    at: u64,
    /// The time to the next one, in ms.
    report_every: u64,
    /// The word for the state.
    state: String,
    /// The lengths of the timeline's queues.
    lengths: Vec<Option<f64>>,
}

impl Seen {
    /// What a status says of its state and of those queues.
    pub fn of(status: &Map<String, Value>, queues: &[String], at: u64, report_every: u64) -> Self {
        let state = ServiceState::of(status).label().chars().take(LONGEST_STATE).collect();
        Self { at, report_every, state, lengths: queues.iter().map(|queue| length(status.get(queue)?)).collect() }
    }

    /// Until when the service is taken to have gone on like this, if it says nothing before `until`. A silence longer than
    /// the one after which it shows "No signal" is one from when the next report was due.
    fn holds_until(&self, until: u64) -> u64 {
        let longest = self.report_every.saturating_mul(5).saturating_add(HISTORY_EVERY_MS);
        if until.saturating_sub(self.at) > longest {
            self.at.saturating_add(self.report_every.max(HISTORY_EVERY_MS)).min(until)
        } else {
            until
        }
    }
}

/// What happened within one stretch of time.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Bucket {
    /// For how many ms it was in which state.
    #[serde(rename = "h", default, skip_serializing_if = "Vec::is_empty")]
    held: Vec<(u8, u64)>,
    /// For how many ms it was silent.
    #[serde(rename = "s", default)]
    silent: u64,
    /// How the queues moved.
    #[serde(rename = "q", default, skip_serializing_if = "Vec::is_empty")]
    spans: Vec<Option<Span>>,
}

/// States and queues of one service over one range that ends now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Timeline {
    range: TimeRange,
    /// The number of the first stretch, counted from the Unix epoch.
    first: u64,
    buckets: VecDeque<Bucket>,
    states: Vec<String>,
    queues: Vec<String>,
    last: Option<Seen>,
}

impl Timeline {
    /// An empty one that ends at `now`, in ms since the Unix epoch, for queues of those names.
    pub fn new(range: TimeRange, now: u64, queues: Vec<String>) -> Self {
        let mut timeline = Self { range, first: 0, buckets: VecDeque::new(), states: Vec::new(), queues, last: None };
        timeline.reach(now.saturating_sub(1));
        timeline
    }

    /// How far back it goes.
    pub fn range(&self) -> TimeRange {
        self.range
    }

    /// The names of the queues.
    pub fn queues(&self) -> &[String] {
        &self.queues
    }

    /// Where it begins, in ms since the Unix epoch.
    pub fn start(&self) -> u64 {
        self.first * self.range.width()
    }

    /// Takes the next report in, and drops what is too old by then. False if it is no later than the one before.
    pub fn take(&mut self, seen: Seen) -> bool {
        if self.last.as_ref().is_some_and(|last| last.at >= seen.at) {
            return false;
        }
        self.reach(seen.at);
        self.fill(seen.at);
        self.note(&seen);
        self.last = Some(seen);
        true
    }

    /// What there is to draw at that moment.
    pub fn drawn(&self, now: u64) -> Drawn {
        let mut filled = self.clone();
        // Of a stretch that begins now there is nothing to show yet.
        filled.reach(now.saturating_sub(1));
        filled.fill(now);
        let stretches = filled.buckets.iter().map(|bucket| filled.stretch(bucket)).collect();
        let held = |state: usize| filled.buckets.iter().map(|bucket| bucket.held_for(state)).sum::<u64>();
        let states = filled.states.iter().enumerate().map(|(number, word)| (word.clone(), held(number))).collect();
        let silent = filled.buckets.iter().map(|bucket| bucket.silent).sum();
        Drawn { range: self.range, start: filled.start(), stretches, states, silent }
    }

    /// Makes the stretches up to that moment.
    fn reach(&mut self, moment: u64) {
        let number = moment / self.range.width();
        let end = self.first + self.buckets.len() as u64;
        if number >= end + STRETCHES as u64 || self.buckets.is_empty() {
            self.first = (number + 1).saturating_sub(STRETCHES as u64);
            self.buckets = std::iter::repeat_with(Bucket::default).take(STRETCHES).collect();
        }
        while self.first + (self.buckets.len() as u64) <= number {
            self.buckets.push_back(Bucket::default());
            if self.buckets.len() > STRETCHES {
                self.buckets.pop_front();
                self.first += 1;
            }
        }
    }

    /// Fills the time from the last report to `until`: with that report as long as it holds, then with silence.
    fn fill(&mut self, until: u64) {
        let Some(last) = self.last.take() else { return };
        let held_until = last.holds_until(until);
        let state = self.number_of(&last.state);
        self.each(last.at, held_until, |bucket, ms| {
            bucket.hold(state, ms);
            bucket.measure(&last.lengths);
        });
        self.each(held_until, until, |bucket, ms| bucket.silent += ms);
        self.last = Some(last);
    }

    /// Notes a report in its own stretch, however little of that is over.
    fn note(&mut self, seen: &Seen) {
        let state = self.number_of(&seen.state);
        let place = (seen.at / self.range.width()).checked_sub(self.first);
        if let Some(bucket) = place.and_then(|place| self.buckets.get_mut(place as usize)) {
            bucket.hold(state, 0);
            bucket.measure(&seen.lengths);
        }
    }

    /// Calls `change` with each stretch from `from` to `to` and how many ms of it lie between them.
    fn each(&mut self, from: u64, to: u64, mut change: impl FnMut(&mut Bucket, u64)) {
        let width = self.range.width();
        let mut at = from.max(self.start());
        while at < to {
            let end = (at / width + 1) * width;
            if let Some(bucket) = self.buckets.get_mut((at / width - self.first) as usize) {
                change(bucket, end.min(to) - at);
            }
            at = end;
        }
    }

    fn number_of(&mut self, state: &str) -> u8 {
        let known = self.states.iter().position(|known| known == state);
        let number = known.unwrap_or_else(|| {
            if self.states.len() < MOST_STATES {
                self.states.push(state.to_owned());
            } else if let Some(last) = self.states.last_mut() {
                "Other states".clone_into(last);
            }
            self.states.len() - 1
        });
        number as u8
    }

    fn stretch(&self, bucket: &Bucket) -> Stretch {
        let longest =
            bucket.held.iter().max_by_key(|(state, ms)| (drawn::rank(&self.states[usize::from(*state)]), *ms));
        let state = longest
            .map(|(state, _)| *state)
            .filter(|state| bucket.silent == 0 || drawn::rank(&self.states[usize::from(*state)]) > drawn::SILENCE);
        let is_whole = bucket.silent == 0;
        Stretch { state, spans: if is_whole { bucket.spans.clone() } else { Vec::new() } }
    }
}

impl Bucket {
    fn hold(&mut self, state: u8, ms: u64) {
        match self.held.iter_mut().find(|(known, _)| *known == state) {
            Some((_, held)) => *held += ms,
            None => self.held.push((state, ms)),
        }
    }

    fn held_for(&self, state: usize) -> u64 {
        self.held.iter().filter(|(known, _)| usize::from(*known) == state).map(|(_, ms)| ms).sum()
    }

    fn measure(&mut self, lengths: &[Option<f64>]) {
        self.spans.resize(lengths.len(), None);
        for (span, length) in self.spans.iter_mut().zip(lengths) {
            let Some(length) = *length else { continue };
            let before = span.unwrap_or(Span { min: length, max: length, last: length });
            *span = Some(Span { min: before.min.min(length), max: before.max.max(length), last: length });
        }
    }
}

/// The names of the fields in which a status counts what waits: its numbers, what waits first before the others A–Z.
pub fn queues_of(status: &Map<String, Value>) -> Vec<String> {
    let is_queue = |(name, value): &(&String, &Value)| {
        !TIMES.contains(&name.as_str()) && name.len() <= 64 && length(value).is_some()
    };
    let mut queues: Vec<String> = status.iter().filter(is_queue).map(|(name, _)| name.clone()).collect();
    queues.sort_by_key(|name| name != "priority");
    queues.truncate(MOST_QUEUES);
    queues
}

fn length(value: &Value) -> Option<f64> {
    value.as_f64().filter(|number| (0.0..LARGEST_COUNT).contains(number))
}

#[cfg(test)]
mod tests;
