//! What can go wrong between this program and the core banking system.

use std::time::Duration;

use reqwest::StatusCode;

use crate::server::core_banking::breaker::{Absence, Away, Outcome};
use crate::server::metrics::{Malformation, Reply};

/// Why the core banking system gave no answer that can be used.
#[derive(Debug, thiserror::Error)]
pub enum CoreBankingError {
    /// No connection, or no whole answer in time.
    #[error("the core banking system at {url} cannot be reached: {reason}")]
    Unreachable {
        /// Its address.
        url: String,
        /// What went wrong.
        reason: String,
    },
    /// It was not asked, because it has been away for some time.
    #[error("{0}")]
    Away(Away),
    /// It answered that it could not or would not.
    #[error("the core banking system answered {status} to {path}")]
    Status {
        /// The HTTP status.
        status: StatusCode,
        /// What was asked for.
        path: String,
        /// How long it asks to be left alone.
        retry_after: Option<Duration>,
    },
    /// It answered something that does not follow the contract.
    #[error("the core banking system's answer to {path} cannot be read: {reason}")]
    Malformed {
        /// What kind of mistake it is.
        malformation: Malformation,
        /// What was asked for.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
    /// It does not know what was asked for.
    #[error("the core banking system does not know {path}")]
    NotFound {
        /// What was asked for.
        path: String,
    },
    /// The client cannot be set up with these settings.
    #[error("the core banking client cannot be set up: {0}")]
    Setup(String),
}

impl CoreBankingError {
    /// Whether nothing else can be expected of the system for now, whatever it is asked.
    pub fn is_outage(&self) -> bool {
        self.absence().is_some()
    }

    /// What the outage looks like, if it is one.
    pub fn absence(&self) -> Option<Absence> {
        match self {
            Self::Unreachable { .. } => Some(Absence::Unreachable),
            Self::Away(away) => Some(away.absence),
            Self::Status { status, .. } if status.is_server_error() => Some(Absence::Unreachable),
            Self::Status { status: StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN, .. } => Some(Absence::Refusing),
            Self::Status { status: StatusCode::TOO_MANY_REQUESTS, .. } => Some(Absence::Overloaded),
            Self::Status { .. } | Self::Malformed { .. } | Self::NotFound { .. } | Self::Setup(_) => None,
        }
    }

    /// Whether the same question may well be answered in a moment.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Unreachable { .. } => true,
            Self::Status { status, .. } => status.is_server_error() || *status == StatusCode::TOO_MANY_REQUESTS,
            Self::Away(_) | Self::Malformed { .. } | Self::NotFound { .. } | Self::Setup(_) => false,
        }
    }

    /// How long the system asks to be left alone.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Status { retry_after, .. } if self.is_passing() => *retry_after,
            _ => None,
        }
    }

    /// What it means for the breaker.
    pub fn outcome(&self) -> Outcome {
        match self.absence() {
            Some(absence) => Outcome::Outage { absence, hold: self.retry_after() },
            None => Outcome::Answered,
        }
    }

    /// The error without what was asked for: which customer or account that is, is no business of the log.
    pub fn without_subject(&self) -> String {
        match self {
            Self::Status { status, .. } => format!("the core banking system answered {status}"),
            Self::Malformed { malformation, .. } => {
                format!("an answer of the core banking system cannot be read: {}", malformation.label())
            }
            Self::NotFound { .. } => "the core banking system does not know what was asked for".to_owned(),
            Self::Unreachable { .. } | Self::Away(_) | Self::Setup(_) => self.to_string(),
        }
    }

    /// How it is counted.
    pub fn reply(&self) -> Reply {
        match self {
            Self::Malformed { .. } => Reply::Malformed,
            Self::Status { status, .. } if status.is_server_error() => Reply::Failed,
            _ => match self.absence() {
                None => Reply::Answered,
                Some(Absence::Unreachable) => Reply::Unreachable,
                Some(Absence::Refusing) => Reply::Refused,
                Some(Absence::Overloaded) => Reply::Overloaded,
            },
        }
    }
}

/// The innermost cause: "Connection refused" tells an operator more than "error sending request".
pub fn reason(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "no answer in time".to_owned();
    }
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}
