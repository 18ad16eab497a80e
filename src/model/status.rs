//! A service's own status object, and what the page reads from it: its state and how fresh it is.

mod built_in;

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use utoipa::ToSchema;

pub use built_in::{AccountDiscoveryStatus, AccountEnrichmentStatus, BalanceSyncStatus, CircuitState, RunReport};

/// Milliseconds between two reports of a service that does not say how often it reports.
pub const DEFAULT_REPORT_EVERY_MS: u64 = 60_000;

/// The fields of a status that are moments or spans of time; all other numbers count something.
pub const TIMES: [&str; 5] = ["interval", "lastRun", "lastRunAt", "nextRun", "degradedSince"];

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
    fn a_status_object_is_passed_on_as_it_came() {
        let json = r#"{"z":1.0,"a":[],"n":123456789012345678901234567890}"#;
        let status: StatusObject = serde_json::from_str(json).expect("an object");
        assert_eq!(serde_json::to_string(&status).expect("text"), json);
    }
}
