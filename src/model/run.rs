//! A service's runs: how far one is, and what came of it.

use std::fmt;
use std::ops::AddAssign;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::model::service::ServiceId;

/// Names one run.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
pub struct RunId(pub String);

impl fmt::Display for RunId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// How far a run is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunProgress {
    /// How many of them are done.
    pub done: u64,
    /// How many there are.
    pub total: u64,
}

impl RunProgress {
    /// Reads what any service says of its run under `progress`; `None` if that is something else.
    pub fn read(value: &Value) -> Option<Self> {
        let number = |name: &str| value.get(name).and_then(Value::as_u64);
        Some(Self { done: number("done")?, total: number("total")? })
    }
}

/// What some work came to, in numbers; each service counts what it is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// What was looked at.
    pub checked: u64,
    /// What was found to differ from what was kept.
    pub changed: u64,
    /// What could not be looked at.
    pub errors: u64,
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.checked += other.checked;
        self.changed += other.changed;
        self.errors += other.errors;
    }
}

/// What is known of a run, whether it ended or not. Times are in ms since the Unix epoch, by Redis's clock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RunRecord {
    /// Which run.
    pub id: RunId,
    /// Whose run it is.
    pub service: ServiceId,
    /// When it began.
    pub started_at: u64,
    /// When it ended; absent while it is under way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<u64>,
    /// What was looked at: accounts.
    pub checked: u64,
    /// Of balance-sync: balances that differ from those kept before. Of account-discovery: accounts that are new, open
    /// again or closed. Of account-enrichment: details that differ from those kept before.
    pub changed: u64,
    /// What could not be read: accounts, or of account-discovery users.
    pub errors: u64,
    /// How far it came: users, or of account-enrichment accounts.
    pub done: u64,
    /// How far it goes.
    pub total: u64,
    /// The copy of the service that began it.
    pub worker: String,
    /// What is to be said of its end, in one sentence; absent if there is nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::service::BuiltIn;

    #[test]
    fn a_record_says_what_has_happened_so_far() {
        let under_way = RunRecord {
            id: RunId("r".to_owned()),
            service: BuiltIn::BalanceSync.id(),
            started_at: 1_763_900_000_000,
            ended_at: None,
            checked: 12,
            changed: 3,
            errors: 1,
            done: 4,
            total: 10,
            worker: "worker-1".to_owned(),
            message: None,
        };
        let (ended_at, message) = (Some(1_763_900_001_000), Some("Its worker was lost.".to_owned()));
        let ended = RunRecord { ended_at, message, ..under_way.clone() };
        for (record, json) in [
            (
                under_way,
                r#"{"id":"r","service":"balance-sync","startedAt":1763900000000,"checked":12,"changed":3,"errors":1,"done":4,"total":10,"worker":"worker-1"}"#,
            ),
            (
                ended,
                r#"{"id":"r","service":"balance-sync","startedAt":1763900000000,"endedAt":1763900001000,"checked":12,"changed":3,"errors":1,"done":4,"total":10,"worker":"worker-1","message":"Its worker was lost."}"#,
            ),
        ] {
            assert_eq!(serde_json::to_string(&record).expect("JSON"), json);
            assert_eq!(serde_json::from_str::<RunRecord>(json).expect("a record"), record);
        }
    }

    #[test]
    fn tallies_add_up() {
        let mut sum = Tally { checked: 1, changed: 2, errors: 3 };
        sum += Tally { checked: 10, changed: 20, errors: 30 };
        assert_eq!(sum, Tally { checked: 11, changed: 22, errors: 33 });
    }
}
