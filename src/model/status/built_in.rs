//! What the services that the program brings along say of themselves.

use serde::{Deserialize, Serialize};

use crate::model::run::RunProgress;
use crate::model::service::BuiltIn;
use crate::model::status::StatusObject;

/// What the circuit breaker before the core banking system does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CircuitState {
    /// It lets every question through.
    Closed,
    /// It lets none through: the core banking system is away.
    Open,
    /// It has let one through, to see whether the core banking system is back.
    HalfOpen,
}

impl CircuitState {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Closed, Self::Open, Self::HalfOpen];

    /// The word for it, in a status and as a label.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Open => "open",
            Self::HalfOpen => "half-open",
        }
    }
}

/// What each of the three says of its latest run or job.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RunReport {
    /// `degraded` while the core banking system cannot be read; otherwise the state follows from the other fields.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// Whether an operator paused it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub paused: bool,
    /// Why the state is what it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Since when the core banking system is away, in ms by the service's own clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub degraded_since: Option<u64>,
    /// What the circuit breaker before the core banking system does; unknown before the first report.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub core_banking: Option<CircuitState>,
    /// When work last came to a good end, in ms by the service's own clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_run: Option<u64>,
    /// What last went wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_error: Option<String>,
    /// How far the periodic run is, while one is under way: users, of `account-discovery` customers, of `account-enrichment` accounts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub progress: Option<RunProgress>,
    /// When the next periodic run is due, in ms by Redis's clock; absent once it is due.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_run: Option<u64>,
}

/// What `balance-sync` says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BalanceSyncStatus {
    /// Whether it takes jobs at all.
    pub running: bool,
    /// Whether a job is being worked on.
    pub processing: bool,
    /// Jobs waiting that an operator asked for.
    pub priority: u64,
    /// Jobs waiting from the periodic run.
    pub background: u64,
    /// Milliseconds between two periodic runs.
    pub interval: u64,
    /// How the latest run or job went.
    #[serde(flatten)]
    pub run: RunReport,
}

/// What `account-discovery` says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AccountDiscoveryStatus {
    /// Whether it runs on its interval at all.
    pub running: bool,
    /// Whether a run or a job is under way.
    pub discovering: bool,
    /// Milliseconds between two periodic runs.
    pub interval: u64,
    /// Pages of accounts still to be read in the run under way.
    pub pagination_queue_size: u64,
    /// How the latest run or job went.
    #[serde(flatten)]
    pub run: RunReport,
}

/// What `account-enrichment` says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountEnrichmentStatus {
    /// Whether it runs on its interval at all.
    pub running: bool,
    /// Whether a run or a job is under way.
    pub enriching: bool,
    /// Milliseconds between two periodic runs.
    pub interval: u64,
    /// How the latest run or job went.
    #[serde(flatten)]
    pub run: RunReport,
}

impl BuiltIn {
    /// The status shown before the service's first report.
    pub fn default_status(self) -> StatusObject {
        match self {
            Self::BalanceSync => StatusObject::of(&BalanceSyncStatus::default()),
            Self::AccountDiscovery => StatusObject::of(&AccountDiscoveryStatus::default()),
            Self::AccountEnrichment => StatusObject::of(&AccountEnrichmentStatus::default()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_breakers_states_are_written_by_their_names() {
        for state in CircuitState::ALL {
            assert_eq!(serde_json::to_value(state).expect("JSON"), state.name());
        }
    }

    #[test]
    fn the_built_in_statuses_keep_the_seeds_fields() {
        assert_eq!(
            BuiltIn::ALL.map(|service| service.default_status().as_json().to_owned()),
            [
                r#"{"running":false,"processing":false,"priority":0,"background":0,"interval":0}"#,
                r#"{"running":false,"discovering":false,"interval":0,"paginationQueueSize":0}"#,
                r#"{"running":false,"enriching":false,"interval":0}"#,
            ]
        );
    }

    #[test]
    fn a_status_says_how_far_a_run_is_and_when_the_next_one_comes() {
        let run = RunReport {
            last_run: Some(1_763_900_000_000),
            progress: Some(RunProgress { done: 37, total: 1_000 }),
            next_run: Some(1_763_900_300_000),
            ..RunReport::default()
        };
        let end = r#""lastRun":1763900000000,"progress":{"done":37,"total":1000},"nextRun":1763900300000}"#;
        let statuses = [
            StatusObject::of(&BalanceSyncStatus { run: run.clone(), ..BalanceSyncStatus::default() }),
            StatusObject::of(&AccountDiscoveryStatus { run: run.clone(), ..AccountDiscoveryStatus::default() }),
            StatusObject::of(&AccountEnrichmentStatus { run: run.clone(), ..AccountEnrichmentStatus::default() }),
        ];
        for (service, status) in BuiltIn::ALL.into_iter().zip(&statuses) {
            let before = service.default_status();
            assert_eq!(status.as_json(), format!("{},{end}", before.as_json().trim_end_matches('}')));
        }
        let read: BalanceSyncStatus = serde_json::from_str(statuses[0].as_json()).expect("a status");
        assert_eq!(read.run, run);
    }
}
