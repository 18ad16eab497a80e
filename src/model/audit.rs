//! Who did what, to what, and what came of it.

mod action;

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::model::event::EntryId;
use crate::model::user::Role;

pub use action::Action;

/// What is written down before an action takes effect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Intent {
    /// Who set out to do it; `None` for whoever is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    /// What they may do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// What it is.
    pub action: Action,
    /// What it is done to, such as `balance-sync`.
    pub target: String,
    /// What was asked for in particular, by the names of the API.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub parameters: BTreeMap<String, String>,
    /// Why, in the actor's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Names the request in the server's log.
    pub request_id: String,
    /// Where the request came from.
    pub address: String,
}

impl Intent {
    /// The same with one more thing that was asked for.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl fmt::Display) -> Self {
        self.parameters.insert(name.to_owned(), value.to_string());
        self
    }

    /// The same with the actor's reason, if they gave one.
    #[must_use]
    pub fn because(mut self, reason: Option<String>) -> Self {
        self.reason = reason;
        self
    }
}

/// What came of an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// It did what it was for.
    Succeeded,
    /// It did not.
    Failed,
    /// It was not even begun.
    Refused,
    /// Nobody said what came of it, or nobody heard it.
    NoAnswer,
}

impl Verdict {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Succeeded, Self::Failed, Self::Refused, Self::NoAnswer];

    /// The verdict's name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Refused => "refused",
            Self::NoAnswer => "no-answer",
        }
    }
}

/// How an action ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Outcome {
    /// What came of it.
    pub verdict: Verdict,
    /// The time from the intent to the end, in ms by Redis's clock.
    pub duration_ms: u64,
    /// More of it, in one sentence; empty if there is no more to say.
    pub message: String,
}

/// One attempt at an action.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AuditRecord {
    /// Names the record, and says when its intent was written: in ms by Redis's clock, and a counter.
    #[schema(value_type = String, pattern = "^[0-9]+-[0-9]+$")]
    pub id: EntryId,
    /// What was intended.
    #[serde(flatten)]
    pub intent: Intent,
    /// How it ended; `None` until it has.
    pub outcome: Option<Outcome>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_written_as_the_reference_says() {
        let intent = Intent {
            actor: Some("ana".to_owned()),
            role: Some(Role::Operator),
            action: Action::Trigger,
            target: "balance-sync".to_owned(),
            parameters: BTreeMap::new(),
            reason: None,
            request_id: "r".to_owned(),
            address: "127.0.0.1".to_owned(),
        };
        let outcome =
            Outcome { verdict: Verdict::Succeeded, duration_ms: 12, message: "3 accounts synced.".to_owned() };
        let record = AuditRecord {
            id: EntryId { milliseconds: 5, sequence: 1 },
            intent: intent.with("userId", 7).because(Some("they asked".to_owned())),
            outcome: Some(outcome),
        };
        let json = concat!(
            r#"{"id":"5-1","actor":"ana","role":"operator","action":"trigger","target":"balance-sync","#,
            r#""parameters":{"userId":"7"},"reason":"they asked","requestId":"r","address":"127.0.0.1","#,
            r#""outcome":{"verdict":"succeeded","durationMs":12,"message":"3 accounts synced."}}"#
        );
        assert_eq!(serde_json::to_string(&record).expect("JSON"), json);
        assert_eq!(serde_json::from_str::<AuditRecord>(json).expect("a record"), record);
    }

    #[test]
    fn names_are_those_of_the_wire() {
        for action in Action::ALL {
            assert_eq!(serde_json::to_string(&action).expect("JSON"), format!("\"{action}\""));
        }
        for verdict in Verdict::ALL {
            assert_eq!(serde_json::to_string(&verdict).expect("JSON"), format!("\"{}\"", verdict.name()));
        }
    }
}
