//! What order, filters and tiles ask of a row, so that none of them has to read its status again.

use serde_json::{Map, Value};

use crate::model::event::{EntryId, ServiceView};
use crate::model::service::ServiceId;
use crate::model::status::{Freshness, ServiceState};

/// What a row counts as: the pill it shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It cannot work.
    Failed,
    /// It works, but something it needs does not.
    Degraded,
    /// Nothing is heard of it, whatever it last said.
    NoSignal,
    /// It works.
    Running,
    /// It waits for its next run.
    Idle,
    /// It is on its way from one state into another.
    Changing,
    /// It takes nothing new for now.
    Paused,
    /// It was stopped.
    Stopped,
    /// A word of its own.
    Other,
}

/// One row in short.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Digest {
    /// Which service.
    pub id: ServiceId,
    /// What it last said it does.
    pub state: ServiceState,
    /// Milliseconds between two of its runs.
    pub interval: Option<u64>,
    /// When its work last came to a good end, in ms by its own clock.
    pub last_run: Option<u64>,
    /// When it was heard last, in ms by Redis's clock.
    pub last_seen: Option<u64>,
    /// The jobs that wait for it, as it says.
    pub waiting: u64,
    report_every: u64,
    entry: Option<EntryId>,
}

impl Digest {
    /// Reads a row.
    pub fn of(row: &ServiceView) -> Self {
        let status = row.status.fields();
        Self {
            id: row.id,
            state: ServiceState::of(&status),
            interval: number(&status, "interval").filter(|ms| *ms > 0),
            last_run: number(&status, "lastRun"),
            last_seen: row.last_seen,
            waiting: ["priority", "background"].iter().filter_map(|name| number(&status, name)).sum(),
            report_every: row.report_every,
            entry: row.entry,
        }
    }

    /// All rows, A–Z; what is known of one that did not report since is kept.
    pub fn of_all(rows: &[ServiceView], known: &[Self]) -> Vec<Self> {
        let kept = |row: &ServiceView| {
            let its = known.binary_search_by_key(&row.id, |digest| digest.id).ok().and_then(|place| known.get(place));
            its.filter(|digest| digest.entry.is_some() && digest.entry == row.entry).cloned()
        };
        rows.iter().map(|row| kept(row).unwrap_or_else(|| Self::of(row))).collect()
    }

    /// What it counts as when it is `now`, in ms by Redis's clock.
    pub fn standing(&self, now: u64) -> Standing {
        if self.freshness(now) == Freshness::NoSignal {
            return Standing::NoSignal;
        }
        match self.state {
            ServiceState::Failed => Standing::Failed,
            ServiceState::Degraded => Standing::Degraded,
            ServiceState::Running => Standing::Running,
            ServiceState::Idle => Standing::Idle,
            ServiceState::Starting | ServiceState::Stopping | ServiceState::Restarting => Standing::Changing,
            ServiceState::Paused => Standing::Paused,
            ServiceState::Stopped => Standing::Stopped,
            ServiceState::Other(_) => Standing::Other,
        }
    }

    /// Whether one of its reports is missing when it is `now`.
    pub fn is_late(&self, now: u64) -> bool {
        self.freshness(now) == Freshness::Late
    }

    /// The word that its row shows when it is `now`.
    pub fn words(&self, now: u64) -> &str {
        if self.freshness(now) == Freshness::NoSignal { "No signal" } else { self.state.label() }
    }

    fn freshness(&self, now: u64) -> Freshness {
        Freshness::of(self.last_seen, self.report_every, now)
    }
}

fn number(status: &Map<String, Value>, name: &str) -> Option<u64> {
    status.get(name).and_then(Value::as_u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::status::StatusObject;

    fn row(json: &str, sequence: u64) -> ServiceView {
        let message =
            format!(r#"{{"service":"mail","timestamp":1,"status":{json},"lastSeen":1000,"reportEvery":100}}"#);
        let message: crate::model::event::StatusMessage = serde_json::from_str(&message).expect("a message");
        ServiceView { entry: Some(EntryId { milliseconds: 1, sequence }), ..message.into() }
    }

    #[test]
    fn a_row_in_short_says_what_its_pill_and_its_columns_show() {
        let digest =
            Digest::of(&row(r#"{"state":"failed","interval":300,"priority":2,"background":3,"lastRun":9}"#, 1));
        assert_eq!((digest.interval, digest.waiting, digest.last_seen), (Some(300), 5, Some(1000)));
        assert_eq!(digest.last_run, Some(9));
        assert_eq!((digest.standing(1000), digest.words(1000)), (Standing::Failed, "Failed"));
        assert!(!digest.is_late(1200) && digest.is_late(1201));
        assert_eq!((digest.standing(1501), digest.words(1501)), (Standing::NoSignal, "No signal"));
        let digest = Digest::of(&row(r#"{"interval":0,"priority":"many"}"#, 1));
        assert_eq!((digest.interval, digest.waiting), (None, 0), "what is no number of them");
    }

    #[test]
    fn a_row_that_did_not_report_since_is_not_read_again() {
        let known = [Digest { waiting: 77, ..Digest::of(&row("{}", 1)) }];
        let waiting = |row: ServiceView| Digest::of_all(&[row], &known).first().map(|digest| digest.waiting);
        assert_eq!(waiting(row("{}", 1)), Some(77));
        assert_eq!(waiting(row(r#"{"priority":1}"#, 2)), Some(1));
        let never = ServiceView { entry: None, status: StatusObject::of(&Map::new()), ..row("{}", 1) };
        assert_eq!(waiting(never), Some(0));
    }
}
