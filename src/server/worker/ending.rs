//! How an attempt at a job ends.

use crate::server::core_banking::client::CoreBankingError;

/// How an attempt at a job ended, mostly with one sentence for the operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// It did what it was for.
    Done(String),
    /// It failed for a reason of its own that may pass; others may work.
    Failed(String),
    /// It failed, and would fail again however often it were tried.
    Hopeless(String),
    /// It failed because nothing can be had from core banking for now; the job is not to blame.
    Outage {
        /// The sentence.
        message: String,
        /// What is wrong with core banking.
        reason: String,
    },
    /// The program ends before the work does.
    CutShort,
}

impl Ending {
    /// The end of an attempt that core banking failed; `loss` says what did not happen, as a sentence without its point.
    pub fn blamed_on(error: &CoreBankingError, loss: &str) -> Self {
        let message = format!("{loss}: {error}.");
        match error {
            CoreBankingError::Unreachable { .. } | CoreBankingError::Away(_) => {
                Self::Outage { message, reason: error.to_string() }
            }
            CoreBankingError::NotFound { .. } => Self::Hopeless(message),
            // It answered, if only that it cannot. That may be this job's own fault, so it is not tried for ever.
            _ => Self::Failed(message),
        }
    }
}
