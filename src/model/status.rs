//! A service's own status object, and what the page reads from it: its state and how fresh it is.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::model::run::RunProgress;
use crate::model::service::BuiltIn;

/// Milliseconds between two reports of a service that does not say how often it reports.
pub const DEFAULT_REPORT_EVERY_MS: u64 = 60_000;

/// The JSON object a service publishes about itself, kept as the text it sent.
///
/// Any service may put anything into it, so nothing is re-encoded: digits, order and empty lists stay.
#[derive(Clone, Debug, PartialEq, Eq, ToSchema)]
#[schema(value_type = Object)]
pub struct StatusObject(Arc<str>);

impl StatusObject {
    /// The object as JSON text.
    pub fn as_json(&self) -> &str {
        &self.0
    }

    /// The object's fields; empty if the text is not a JSON object.
    pub fn fields(&self) -> Map<String, Value> {
        serde_json::from_str(&self.0).unwrap_or_default()
    }

    /// The object a typed status is sent as.
    pub fn of(status: &impl Serialize) -> Self {
        Self(serde_json::to_string(status).unwrap_or_else(|_| "{}".to_owned()).into())
    }
}

impl Serialize for StatusObject {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serde_json::from_str::<&RawValue>(&self.0).map_err(serde::ser::Error::custom)?.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for StatusObject {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        Ok(Self(raw.get().into()))
    }
}

/// What a service is doing, by its own word. Freshness is judged apart: see [`Freshness`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ServiceState {
    /// It works.
    Running,
    /// It waits for its next run.
    Idle,
    /// It takes nothing new for now.
    Paused,
    /// It was stopped.
    Stopped,
    /// It is on its way up.
    Starting,
    /// It is on its way down.
    Stopping,
    /// It goes down to come up again.
    Restarting,
    /// It works, but something it needs does not.
    Degraded,
    /// It cannot work.
    Failed,
    /// A word of its own, shown as it is.
    Other(String),
}

impl ServiceState {
    /// Reads the state from a status: an explicit `state` wins, then `running`, `paused` and the words for work.
    pub fn of(status: &Map<String, Value>) -> Self {
        if let Some(Value::String(word)) = status.get("state")
            && !word.trim().is_empty()
        {
            return Self::from_word(word);
        }
        let is = |field: &str, value: bool| status.get(field) == Some(&Value::Bool(value));
        if is("running", false) {
            Self::Stopped
        } else if is("paused", true) {
            Self::Paused
        } else if ["processing", "discovering", "enriching", "active"].iter().any(|field| is(field, true)) {
            Self::Running
        } else {
            Self::Idle
        }
    }

    /// The state of that name; any other word is one of its own.
    pub fn from_word(word: &str) -> Self {
        match word.to_ascii_lowercase().as_str() {
            "running" => Self::Running,
            "idle" => Self::Idle,
            "paused" => Self::Paused,
            "stopped" => Self::Stopped,
            "starting" => Self::Starting,
            "stopping" => Self::Stopping,
            "restarting" => Self::Restarting,
            "degraded" => Self::Degraded,
            "failed" => Self::Failed,
            _ => Self::Other(word.to_owned()),
        }
    }

    /// The word the page shows.
    pub fn label(&self) -> &str {
        match self {
            Self::Running => "Running",
            Self::Idle => "Idle",
            Self::Paused => "Paused",
            Self::Stopped => "Stopped",
            Self::Starting => "Starting",
            Self::Stopping => "Stopping",
            Self::Restarting => "Restarting",
            Self::Degraded => "Degraded",
            Self::Failed => "Failed",
            Self::Other(word) => word,
        }
    }
}

impl fmt::Display for ServiceState {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.label())
    }
}

/// How recently a service was heard, by Redis's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// Its last report is no older than twice the time between its reports.
    Fresh,
    /// A report is missing.
    Late,
    /// Five reports are missing, or none ever came: whatever it last said is not known to be true.
    NoSignal,
}

impl Freshness {
    /// Judges a service last seen at `last_seen` when it is `now`, both in ms of Redis's clock.
    pub fn of(last_seen: Option<u64>, report_every: u64, now: u64) -> Self {
        let Some(last_seen) = last_seen else { return Self::NoSignal };
        let age = now.saturating_sub(last_seen);
        if age > report_every.saturating_mul(5) {
            Self::NoSignal
        } else if age > report_every.saturating_mul(2) {
            Self::Late
        } else {
            Self::Fresh
        }
    }
}

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

    fn state(json: &str) -> ServiceState {
        ServiceState::of(&serde_json::from_str(json).unwrap_or_default())
    }

    #[test]
    fn the_state_is_read_as_the_contract_says() {
        for (json, expected) in [
            (r#"{"state":"running","running":false}"#, ServiceState::Running),
            (r#"{"state":"warming up"}"#, ServiceState::Other("warming up".to_owned())),
            (r#"{"running":false,"processing":true}"#, ServiceState::Stopped),
            (r#"{"running":true,"paused":true,"processing":true}"#, ServiceState::Paused),
            (r#"{"running":true,"processing":true}"#, ServiceState::Running),
            (r#"{"running":true,"discovering":true}"#, ServiceState::Running),
            (r#"{"running":true,"enriching":true}"#, ServiceState::Running),
            (r#"{"active":true}"#, ServiceState::Running),
            (r#"{"running":true,"processing":false}"#, ServiceState::Idle),
            (r#"{"state":" ","running":false}"#, ServiceState::Stopped),
            (r#"{}"#, ServiceState::Idle),
        ] {
            assert_eq!(state(json), expected, "{json}");
        }
    }

    #[test]
    fn a_silent_service_is_late_after_two_reports_and_gone_after_five() {
        let freshness = |age: u64| Freshness::of(Some(1_000_000), 10_000, 1_000_000 + age);
        assert_eq!(freshness(0), Freshness::Fresh);
        assert_eq!(freshness(20_000), Freshness::Fresh);
        assert_eq!(freshness(20_001), Freshness::Late);
        assert_eq!(freshness(50_000), Freshness::Late);
        assert_eq!(freshness(50_001), Freshness::NoSignal);
        assert_eq!(Freshness::of(None, 10_000, 0), Freshness::NoSignal);
    }

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

    #[test]
    fn a_status_object_is_passed_on_as_it_came() {
        let json = r#"{"z":1.0,"a":[],"n":123456789012345678901234567890}"#;
        let status: StatusObject = serde_json::from_str(json).expect("an object");
        assert_eq!(serde_json::to_string(&status).expect("text"), json);
    }
}
