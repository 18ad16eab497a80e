//! Which services the table shows and in which order, as its address says it.

use std::cmp::Ordering;

use crate::live::table::digest::{Digest, Standing};
use crate::model::service::ServiceId;
use crate::ui::address::address;

/// The most services that an address names one by one.
const MOST_NAMED: usize = 50;

/// The states by which the table is filtered: name in the address and label.
pub const STATES: [(&str, &str); 12] = [
    ("problems", "Problems"),
    ("failed", "Failed"),
    ("degraded", "Degraded"),
    ("no-signal", "No signal"),
    ("late", "Late"),
    ("running", "Running"),
    ("idle", "Idle"),
    ("paused", "Paused"),
    ("stopped", "Stopped"),
    ("changing", "Starting or stopping"),
    ("other", "Other words"),
    ("waiting", "Jobs waiting"),
];

/// What the rows are sorted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SortKey {
    /// Problems first, then A–Z.
    #[default]
    Status,
    /// A–Z.
    Service,
    /// The jobs that wait.
    Waiting,
    /// How often it runs.
    Interval,
    /// When its work last came to a good end.
    LastRun,
    /// When it was heard last.
    LastSeen,
}

impl SortKey {
    /// All of them, in the order of the columns.
    pub const ALL: [Self; 6] =
        [Self::Status, Self::Service, Self::Waiting, Self::Interval, Self::LastRun, Self::LastSeen];

    /// Its name in the address; that of the usual order is empty.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Status => "",
            Self::Service => "service",
            Self::Waiting => "waiting",
            Self::Interval => "interval",
            Self::LastRun => "last-run",
            Self::LastSeen => "last-seen",
        }
    }

    /// The order in words.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Status => "Problems first",
            Self::Service => "Name",
            Self::Waiting => "Jobs waiting",
            Self::Interval => "Interval",
            Self::LastRun => "Last run",
            Self::LastSeen => "Last seen",
        }
    }

    /// Whether what is looked for comes first when the order is turned round: the most jobs, not the services without any.
    pub const fn begins_descending(self) -> bool {
        matches!(self, Self::Waiting)
    }
}

/// What the table shows: all of it stands in its address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServicesFilter {
    /// Words that the service's name contains.
    pub q: String,
    /// One of [`STATES`]; empty for all.
    pub state: String,
    /// What the rows are sorted by.
    pub sort: SortKey,
    /// Whether the last comes first.
    pub descending: bool,
    /// The services shown; empty for all.
    pub only: Vec<ServiceId>,
}

impl ServicesFilter {
    /// Reads the values of an address; what has no meaning counts as nothing.
    pub fn read(value: impl Fn(&str) -> Option<String>) -> Self {
        let (state, sort) = (value("state").unwrap_or_default(), value("sort").unwrap_or_default());
        let only = value("only").unwrap_or_default();
        Self {
            q: value("q").unwrap_or_default().trim().to_owned(),
            state: if STATES.iter().any(|(name, _)| *name == state) { state } else { String::new() },
            sort: SortKey::ALL.into_iter().find(|key| key.name() == sort).unwrap_or_default(),
            descending: value("dir").as_deref() == Some("desc"),
            only: only.split(',').filter_map(|id| ServiceId::parse(id).ok()).take(MOST_NAMED).collect(),
        }
    }

    /// Where that is shown.
    pub fn address(&self) -> String {
        let only = self.only.iter().take(MOST_NAMED).map(ServiceId::as_str).collect::<Vec<_>>().join(",");
        let dir = if self.descending { "desc" } else { "" };
        let Self { q, state, sort, .. } = self;
        address("/services", &[("q", q), ("state", state), ("sort", sort.name()), ("dir", dir), ("only", &only)])
    }

    /// The same order of all services.
    pub fn of_all(&self) -> Self {
        Self { sort: self.sort, descending: self.descending, ..Self::default() }
    }

    /// The same with that state, or without it where it is chosen already.
    pub fn toggled(&self, state: &str) -> Self {
        let state = if self.state == state { String::new() } else { state.to_owned() };
        Self { state, ..self.clone() }
    }

    /// The same sorted by that; turned round where it is sorted by that already.
    pub fn sorted_by(&self, sort: SortKey) -> Self {
        let descending = if self.sort == sort { !self.descending } else { sort.begins_descending() };
        Self { sort, descending, ..self.clone() }
    }

    /// Whether anything is left out.
    pub fn is_narrow(&self) -> bool {
        *self != self.of_all()
    }

    /// The services shown, in their order, when it is `now` in ms by Redis's clock.
    pub fn order(&self, digests: &[Digest], now: u64) -> Vec<ServiceId> {
        let words: Vec<String> = self.q.split_whitespace().map(str::to_ascii_lowercase).collect();
        let named = |digest: &&Digest| {
            let is_named = self.only.is_empty() || self.only.contains(&digest.id);
            is_named && words.iter().all(|word| digest.id.as_str().contains(word))
        };
        let mut found: Vec<(u8, &Digest)> = digests
            .iter()
            .filter(named)
            .filter(|digest| self.state.is_empty() || is_in(digest, &self.state, now))
            .map(|digest| (severity(digest, now), digest))
            .collect();
        found.sort_unstable_by(|one, other| self.compare(one, other));
        found.into_iter().map(|(_, digest)| digest.id).collect()
    }

    fn compare(&self, (severity, one): &(u8, &Digest), (other_severity, other): &(u8, &Digest)) -> Ordering {
        let turned = |order: Ordering| if self.descending { order.reverse() } else { order };
        let by_key = match self.sort {
            SortKey::Status => turned(severity.cmp(other_severity)),
            SortKey::Service => turned(one.id.cmp(&other.id)),
            SortKey::Waiting => turned(one.waiting.cmp(&other.waiting)),
            SortKey::Interval => known_first(one.interval, other.interval, turned),
            SortKey::LastRun => known_first(one.last_run, other.last_run, turned),
            SortKey::LastSeen => known_first(one.last_seen, other.last_seen, turned),
        };
        by_key.then_with(|| one.id.cmp(&other.id))
    }
}

/// What is not known stands last, whichever way the others are sorted.
fn known_first(one: Option<u64>, other: Option<u64>, turned: impl Fn(Ordering) -> Ordering) -> Ordering {
    match (one, other) {
        (Some(one), Some(other)) => turned(one.cmp(&other)),
        _ => other.is_some().cmp(&one.is_some()),
    }
}

/// How urgent a row is, the most urgent first.
fn severity(digest: &Digest, now: u64) -> u8 {
    match digest.standing(now) {
        Standing::Failed => 0,
        Standing::Degraded => 1,
        Standing::NoSignal => 2,
        _ if digest.is_late(now) => 3,
        _ => 4,
    }
}

/// Whether a row belongs to one of [`STATES`] when it is `now`, in ms by Redis's clock.
pub fn is_in(digest: &Digest, state: &str, now: u64) -> bool {
    match state {
        "problems" => severity(digest, now) < 4,
        "waiting" => digest.waiting > 0,
        "late" => digest.is_late(now),
        _ => name(digest.standing(now)) == state,
    }
}

const fn name(standing: Standing) -> &'static str {
    match standing {
        Standing::Failed => "failed",
        Standing::Degraded => "degraded",
        Standing::NoSignal => "no-signal",
        Standing::Running => "running",
        Standing::Idle => "idle",
        Standing::Changing => "changing",
        Standing::Paused => "paused",
        Standing::Stopped => "stopped",
        Standing::Other => "other",
    }
}

#[cfg(test)]
mod tests;
