//! How a job ends.

use crate::model::job::JobState;
use crate::server::core_banking::client::CoreBankingError;

/// How a job ended, each time with one sentence for the operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// It did what it was for.
    Done(String),
    /// It failed for a reason of its own; others may work.
    Failed(String),
    /// It failed because nothing can be had from core banking for now.
    Outage {
        /// The sentence.
        message: String,
        /// What is wrong with core banking.
        reason: String,
    },
}

impl Ending {
    /// The end of a job that core banking failed; `loss` says what did not happen, as a sentence without its point.
    pub fn blamed_on(error: &CoreBankingError, loss: &str) -> Self {
        let message = format!("{loss}: {error}.");
        if error.is_outage() { Self::Outage { message, reason: error.to_string() } } else { Self::Failed(message) }
    }

    /// The state of a job that ended so.
    pub const fn state(&self) -> JobState {
        match self {
            Self::Done(_) => JobState::Done,
            Self::Failed(_) | Self::Outage { .. } => JobState::Dead,
        }
    }

    /// The sentence.
    pub fn message(&self) -> &str {
        match self {
            Self::Done(message) | Self::Failed(message) | Self::Outage { message, .. } => message,
        }
    }
}
