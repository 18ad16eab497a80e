//! Work that waits in a lane and what became of it.

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::model::service::ServiceId;

/// Names one job for as long as anyone may ask for it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
pub struct JobId(pub String);

impl fmt::Display for JobId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Which queue a job waits in. Everything in the priority lane goes before the background lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Lane {
    /// An operator asked for it.
    Priority,
    /// The periodic run queued it.
    Background,
}

impl Lane {
    /// Both, the more urgent one first.
    pub const ALL: [Self; 2] = [Self::Priority, Self::Background];

    /// The lane's name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Priority => "priority",
            Self::Background => "background",
        }
    }
}

/// Where a job stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum JobState {
    /// It waits in its lane.
    Waiting,
    /// A worker has it.
    Running,
    /// An attempt failed; the next one comes by itself.
    Retrying,
    /// It did what it was for.
    Done,
    /// It failed for good.
    Dead,
}

impl JobState {
    /// All of them, in the order in which a job goes through them.
    pub const ALL: [Self; 5] = [Self::Waiting, Self::Running, Self::Retrying, Self::Done, Self::Dead];

    /// The state's name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Running => "running",
            Self::Retrying => "retrying",
            Self::Done => "done",
            Self::Dead => "dead",
        }
    }
}

/// What a job is about. On the wire it is one field among the job's others: `userId` or `accountNumber`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
pub enum Subject {
    /// A bank user, by number.
    #[serde(rename = "userId")]
    User(u64),
    /// An account, by number.
    #[serde(rename = "accountNumber")]
    Account(String),
}

impl fmt::Display for Subject {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(number) => write!(formatter, "user {number}"),
            Self::Account(number) => write!(formatter, "account {number}"),
        }
    }
}

/// How a job ended: carried by `event: job`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct JobOutcome {
    /// Which job.
    pub id: JobId,
    /// Whose work it was.
    pub service: ServiceId,
    /// The lane it waited in.
    pub lane: Lane,
    /// What it was about.
    #[serde(flatten)]
    pub subject: Subject,
    /// [`JobState::Done`] or [`JobState::Dead`].
    pub state: JobState,
    /// One sentence for the operator: what was done, or why it was not.
    pub message: String,
}

/// What is known of a job, whether it ended or not. Times are in ms since the Unix epoch, by Redis's clock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct JobRecord {
    /// Which job.
    pub id: JobId,
    /// Whose work it is.
    pub service: ServiceId,
    /// The lane it was put into.
    pub lane: Lane,
    /// What it is about.
    #[serde(flatten)]
    pub subject: Subject,
    /// Where it stands.
    pub state: JobState,
    /// How often a worker took it, without the attempts that an outage of core banking or a shutdown cut short.
    pub attempts: u64,
    /// When it was queued.
    pub created_at: u64,
    /// When a worker last took it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<u64>,
    /// The worker that last took it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub worker: Option<String>,
    /// When it is tried again, while it is [`JobState::Retrying`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_attempt_at: Option<u64>,
    /// What went wrong with the latest attempt that did not succeed, in one sentence for the operator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_error: Option<String>,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<u64>,
    /// How it ended, in one sentence for the operator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

impl JobRecord {
    /// How the job ended; `None` before that.
    pub fn outcome(self) -> Option<JobOutcome> {
        matches!(self.state, JobState::Done | JobState::Dead).then(|| JobOutcome {
            id: self.id,
            service: self.service,
            lane: self.lane,
            subject: self.subject,
            state: self.state,
            message: self.message.unwrap_or_default(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::service::BuiltIn;

    fn record(service: BuiltIn, subject: Subject) -> JobRecord {
        JobRecord {
            id: JobId("j".to_owned()),
            service: service.id(),
            lane: Lane::Priority,
            subject,
            state: JobState::Waiting,
            attempts: 0,
            created_at: 1_763_900_000_000,
            started_at: None,
            worker: None,
            next_attempt_at: None,
            last_error: None,
            finished_at: None,
            message: None,
        }
    }

    fn ended(record: JobRecord) -> JobRecord {
        let message = Some("It was done.".to_owned());
        let (started_at, finished_at) = (Some(1_763_900_000_001), Some(1_763_900_000_002));
        let worker = Some("worker-7f".to_owned());
        JobRecord { state: JobState::Done, attempts: 2, started_at, worker, finished_at, message, ..record }
    }

    #[test]
    fn an_outcome_names_its_user_or_its_account_among_its_other_fields() {
        let of_user = ended(record(BuiltIn::BalanceSync, Subject::User(1))).outcome().expect("an outcome");
        let of_account = ended(record(BuiltIn::AccountEnrichment, Subject::Account("0071".to_owned())))
            .outcome()
            .expect("an outcome");
        for (outcome, json) in [
            (
                of_user,
                r#"{"id":"j","service":"balance-sync","lane":"priority","userId":1,"state":"done","message":"It was done."}"#,
            ),
            (
                of_account,
                r#"{"id":"j","service":"account-enrichment","lane":"priority","accountNumber":"0071","state":"done","message":"It was done."}"#,
            ),
        ] {
            assert_eq!(serde_json::to_string(&outcome).expect("JSON"), json);
            assert_eq!(serde_json::from_str::<JobOutcome>(json).expect("an outcome"), outcome);
        }
        let about_nothing = r#"{"id":"j","service":"balance-sync","lane":"priority","state":"done","message":""}"#;
        assert!(serde_json::from_str::<JobOutcome>(about_nothing).is_err());
    }

    #[test]
    fn a_record_says_what_has_happened_so_far() {
        let waiting = record(BuiltIn::AccountDiscovery, Subject::User(7));
        let ended = ended(waiting.clone());
        let retrying = JobRecord {
            state: JobState::Retrying,
            attempts: 1,
            started_at: Some(1_763_900_000_001),
            next_attempt_at: Some(1_763_900_005_002),
            last_error: Some("It failed.".to_owned()),
            ..waiting.clone()
        };
        for (record, json) in [
            (
                &waiting,
                r#"{"id":"j","service":"account-discovery","lane":"priority","userId":7,"state":"waiting","attempts":0,"createdAt":1763900000000}"#,
            ),
            (
                &retrying,
                r#"{"id":"j","service":"account-discovery","lane":"priority","userId":7,"state":"retrying","attempts":1,"createdAt":1763900000000,"startedAt":1763900000001,"nextAttemptAt":1763900005002,"lastError":"It failed."}"#,
            ),
            (
                &ended,
                r#"{"id":"j","service":"account-discovery","lane":"priority","userId":7,"state":"done","attempts":2,"createdAt":1763900000000,"startedAt":1763900000001,"worker":"worker-7f","finishedAt":1763900000002,"message":"It was done."}"#,
            ),
        ] {
            assert_eq!(serde_json::to_string(record).expect("JSON"), json);
            assert_eq!(serde_json::from_str::<JobRecord>(json).expect("a record"), *record);
        }
        assert_eq!((waiting.outcome(), retrying.outcome()), (None, None));
    }

    #[test]
    fn names_are_those_of_the_wire() {
        for lane in Lane::ALL {
            assert_eq!(serde_json::to_string(&lane).expect("JSON"), format!("\"{}\"", lane.name()));
        }
        for state in JobState::ALL {
            assert_eq!(serde_json::to_string(&state).expect("JSON"), format!("\"{}\"", state.name()));
        }
    }
}
