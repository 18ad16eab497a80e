//! One job with all that is known of its attempts.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::model::job::JobRecord;

/// How an attempt at a job ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum AttemptOutcome {
    /// The job was done.
    Done,
    /// It failed; the attempt counts.
    Failed,
    /// Core banking was away, or the worker was stopped; the attempt does not count.
    Interrupted,
    /// The worker was not heard of any more; the attempt counts.
    Lost,
}

impl AttemptOutcome {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Done, Self::Failed, Self::Interrupted, Self::Lost];

    /// The outcome's name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Interrupted => "interrupted",
            Self::Lost => "lost",
        }
    }
}

/// One attempt at a job. Times are in ms since the Unix epoch, by Redis's clock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct JobAttempt {
    /// When a worker took the job.
    pub started_at: u64,
    /// Which worker.
    pub worker: String,
    /// When the attempt was over; `None` while it is under way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<u64>,
    /// How it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<AttemptOutcome>,
    /// What went wrong, in one sentence for the operator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// A job with its history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct JobDetail {
    /// The job.
    #[serde(flatten)]
    pub record: JobRecord,
    /// Its newest attempts, 20 at most, in the order in which they began.
    pub history: Vec<JobAttempt>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_history_stands_among_the_fields_of_its_job() {
        let json = r#"{"id":"j","service":"balance-sync","lane":"priority","userId":7,"state":"running","attempts":2,"createdAt":1,"startedAt":9,"worker":"w","lastError":"It failed.","history":[{"startedAt":2,"worker":"v","endedAt":3,"outcome":"failed","error":"It failed."},{"startedAt":9,"worker":"w"}]}"#;
        let detail: JobDetail = serde_json::from_str(json).expect("a job");
        assert_eq!(detail.history.len(), 2);
        assert_eq!(serde_json::to_string(&detail).expect("JSON"), json);
    }

    #[test]
    fn outcomes_have_the_names_of_the_wire() {
        for outcome in AttemptOutcome::ALL {
            assert_eq!(serde_json::to_string(&outcome).expect("JSON"), format!("\"{}\"", outcome.name()));
        }
    }
}
