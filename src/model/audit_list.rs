//! The audit as people look through it: what they ask for, and one page of it.

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::model::audit::{AuditRecord, Verdict};
use crate::model::event::EntryId;

/// The value of [`AuditQuestion::whose`] that asks for the attempts of people who are not known.
pub const ANONYMOUS: &str = "anonymous";

/// Which records are asked for, as addresses say it: those that fit in every respect given. What is empty is not given.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct AuditQuestion {
    /// By whom: the user's whole name, or `command line`.
    #[param(value_type = Option<String>)]
    pub actor: String,
    /// What was done.
    #[param(value_type = Option<crate::model::audit::Action>)]
    pub action: String,
    /// What came of it.
    #[param(value_type = Option<Standing>)]
    pub outcome: String,
    /// Part of the target's name or of a parameter.
    #[param(value_type = Option<String>)]
    pub target: String,
    /// Not before that moment: a date and time in UTC, such as `2026-11-24T14:03`, or ms since the Unix epoch.
    #[param(value_type = Option<String>)]
    pub from: String,
    /// Before that moment, written likewise.
    #[param(value_type = Option<String>)]
    pub to: String,
    /// `anonymous` for the attempts of people who are not known, which administrators alone may read.
    #[param(value_type = Option<String>)]
    pub whose: String,
    /// Older than that record: the `next` of the answer before.
    #[param(value_type = Option<String>, pattern = "^[0-9]+-[0-9]+$")]
    pub before: String,
}

/// Where an action stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// It has not ended.
    UnderWay,
    /// It ended so.
    #[serde(untagged)]
    Ended(Verdict),
}

impl Standing {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::UnderWay,
        Self::Ended(Verdict::Succeeded),
        Self::Ended(Verdict::Failed),
        Self::Ended(Verdict::Refused),
        Self::Ended(Verdict::NoAnswer),
    ];

    /// Where that action stands.
    pub fn of(record: &AuditRecord) -> Self {
        record.outcome.as_ref().map_or(Self::UnderWay, |outcome| Self::Ended(outcome.verdict))
    }

    /// The standing's name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::UnderWay => "under-way",
            Self::Ended(verdict) => verdict.name(),
        }
    }

    /// The words the page shows.
    pub const fn label(self) -> &'static str {
        match self {
            Self::UnderWay => "Under way",
            Self::Ended(Verdict::Succeeded) => "Succeeded",
            Self::Ended(Verdict::Failed) => "Failed",
            Self::Ended(Verdict::Refused) => "Refused",
            Self::Ended(Verdict::NoAnswer) => "No answer",
        }
    }
}

impl fmt::Display for Standing {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// One page of the audit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AuditPage {
    /// The records, newest first.
    pub records: Vec<AuditRecord>,
    /// Where older ones may fit as well, the `before` of the next question; `null` if none does.
    #[schema(value_type = Option<String>, pattern = "^[0-9]+-[0-9]+$")]
    pub next: Option<EntryId>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn standings_are_named_as_on_the_wire() {
        for standing in Standing::ALL {
            assert_eq!(serde_json::to_string(&standing).expect("JSON"), format!("\"{standing}\""));
        }
    }
}
