//! The words by which series of one name are told apart.

use crate::api::error::ApiError;
use crate::model::event::Change;
use crate::model::job::{JobState, Lane};
use crate::model::service::BuiltIn;

/// Every word that [`Failure`] has.
pub const FAILURES: [&str; 13] = [
    "not_json",
    "not_application_json",
    "signed_out",
    "forbidden",
    "foreign_origin",
    "not_found",
    "conflict",
    "invalid",
    "too_many",
    "unavailable",
    "internal",
    "panic",
    "other",
];

/// Why a stream ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamEnd {
    /// The browser, or something on the way to it, closed it.
    Client,
    /// The session ended.
    SignedOut,
    /// The same tab opened a newer stream.
    Replaced,
    /// The server stops.
    Shutdown,
}

impl StreamEnd {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Client, Self::SignedOut, Self::Replaced, Self::Shutdown];

    /// The word for it in a label.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::SignedOut => "signed_out",
            Self::Replaced => "replaced",
            Self::Shutdown => "shutdown",
        }
    }
}

/// Why a stream was not opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamRefusal {
    /// The user has as many as they may.
    TooMany,
    /// Redis is out of reach.
    Unavailable,
}

impl StreamRefusal {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::TooMany, Self::Unavailable];

    /// The word for it in a label.
    pub const fn label(self) -> &'static str {
        match self {
            Self::TooMany => "too_many",
            Self::Unavailable => "unavailable",
        }
    }
}

/// What a page that comes back is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resume {
    /// What changed since it left.
    Incremental,
    /// Everything: its position is of another epoch, or from before this instance first read the log.
    Full,
}

impl Resume {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Incremental, Self::Full];

    /// The word for it in a label.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Incremental => "incremental",
            Self::Full => "full",
        }
    }
}

/// A standing connection to Redis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RedisConnection {
    /// The ones that commands go over and the log is followed on, taken together.
    Publisher,
    /// The one on which the inbox listens.
    Subscriber,
    /// The one on which lines of services are heard.
    Logs,
}

impl RedisConnection {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Publisher, Self::Subscriber, Self::Logs];

    /// The word for it, in the log and as a label.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Publisher => "publisher",
            Self::Subscriber => "subscriber",
            Self::Logs => "logs",
        }
    }
}

/// What went wrong with a request.
#[derive(Clone, Copy, Debug)]
pub enum Failure<'a> {
    /// An error with a code.
    Known(&'a ApiError),
    /// Whatever answered it panicked.
    Panic,
    /// Any other answer of 400 or more.
    Other,
}

impl Failure<'_> {
    /// The word for it in a label.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Known(error) => error.code(),
            Self::Panic => "panic",
            Self::Other => "other",
        }
    }
}

/// Every word that [`kind_of`] has.
pub const CHANGES: [&str; 4] = ["status", "removed", "job", "command"];

/// The word for a kind of change.
pub const fn kind_of(change: &Change) -> &'static str {
    match change {
        Change::Status(_) => "status",
        Change::Removed(_) => "removed",
        Change::Job(_) => "job",
        Change::Command(_) => "command",
    }
}

/// The labels of every job that the built-in services may bring to an end.
pub fn known_jobs() -> Vec<[&'static str; 3]> {
    let mut known = Vec::new();
    for service in BuiltIn::ALL {
        for lane in Lane::ALL {
            for outcome in [JobState::Done, JobState::Dead] {
                known.push([service.name(), lane.name(), outcome.name()]);
            }
        }
    }
    known
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_counted_under_the_code_that_callers_read() {
        for error in [
            ApiError::NotJson { reason: "expected value".to_owned() },
            ApiError::NotApplicationJson,
            ApiError::SignedOut,
            ApiError::Forbidden,
            ApiError::ForeignOrigin,
            ApiError::NotFound { what: "User 1".to_owned() },
            ApiError::Conflict { reason: "It is stopped.".to_owned() },
            ApiError::Invalid { field: "tab".to_owned(), rule: "it must be short".to_owned() },
            ApiError::TooMany { retry_after_seconds: 1 },
            ApiError::Unavailable,
            ApiError::Internal,
        ] {
            let label = Failure::Known(&error).label();
            assert_eq!(serde_json::to_value(&error).expect("JSON")["code"], label);
            assert!(FAILURES.contains(&label), "{label} is there from the start");
        }
        for failure in [Failure::Panic, Failure::Other] {
            assert!(FAILURES.contains(&failure.label()), "{failure:?}");
        }
    }
}
