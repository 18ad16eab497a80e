//! Work that waits in a lane and what became of it.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::model::service::ServiceId;

/// Names one job for as long as anyone may ask for it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct JobId(pub String);

impl fmt::Display for JobId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Which queue a job waits in. Everything in the priority lane goes before the background lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Lane {
    /// An operator asked for it.
    Priority,
    /// The periodic run queued it.
    Background,
}

/// Where a job stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum JobState {
    /// It waits in its lane.
    Waiting,
    /// A worker has it.
    Running,
    /// It did what it was for.
    Done,
    /// It failed for good.
    Dead,
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
    /// The user it was about.
    pub user_id: u64,
    /// [`JobState::Done`] or [`JobState::Dead`].
    pub state: JobState,
    /// One sentence for the operator: what was done, or why it was not.
    pub message: String,
}
