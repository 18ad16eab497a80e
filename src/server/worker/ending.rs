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

#[cfg(test)]
mod tests {
    use reqwest::StatusCode;

    use super::*;

    #[test]
    fn only_silence_is_no_fault_of_the_job() {
        let path = || "/accounts/1".to_owned();
        let blamed = |error: CoreBankingError| Ending::blamed_on(&error, "It was not read");
        let silence = CoreBankingError::Unreachable { url: "http://bank".to_owned(), reason: "refused".to_owned() };
        assert!(matches!(blamed(silence), Ending::Outage { .. }));
        assert!(matches!(blamed(CoreBankingError::NotFound { path: path() }), Ending::Hopeless(_)));
        for status in [StatusCode::INTERNAL_SERVER_ERROR, StatusCode::TOO_MANY_REQUESTS, StatusCode::BAD_REQUEST] {
            let answer = CoreBankingError::Status { status, path: path(), retry_after: None };
            let message = format!("It was not read: the core banking system answered {status} to /accounts/1.");
            assert_eq!(blamed(answer), Ending::Failed(message));
        }
    }
}
