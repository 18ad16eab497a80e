//! What a server function or a route answers when it cannot do what was asked.

use leptos::prelude::{FromServerFnError, ServerFnErrorErr};
use leptos::server_fn::codec::JsonEncoding;
use serde::{Deserialize, Serialize};

/// A refusal or a failure, in words an operator may read. Causes inside the server are logged there, never sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum ApiError {
    /// Nobody is signed in, or the session ended: 401.
    #[error("You are signed out.")]
    SignedOut,
    /// The role does not suffice: 403.
    #[error("Your role does not permit this.")]
    Forbidden,
    /// A page of another site sent the request: 403.
    #[error("The request came from another site.")]
    ForeignOrigin,
    /// What was asked for does not exist: 404.
    #[error("{what} does not exist.")]
    NotFound {
        /// The thing, with its number or name.
        what: String,
    },
    /// It cannot be done in the present state: 409.
    #[error("{reason}")]
    Conflict {
        /// Why not.
        reason: String,
    },
    /// The body cannot be read as JSON: 400.
    #[error("The body cannot be read as JSON: {reason}.")]
    NotJson {
        /// What is wrong, with line and column.
        reason: String,
    },
    /// The body is of another kind than the route takes: 415.
    #[error("The body must be application/json, without a content encoding.")]
    NotApplicationJson,
    /// A field breaks a rule: 422.
    #[error("{field}: {rule}")]
    Invalid {
        /// The field, as the caller named it.
        field: String,
        /// The rule it breaks.
        rule: String,
    },
    /// Too many of them: 429.
    #[error("Too many requests; try again in {retry_after_seconds} s.")]
    TooMany {
        /// When to come back.
        #[serde(rename = "retryAfterSeconds")]
        retry_after_seconds: u64,
    },
    /// Redis or the core banking system does not answer: 503.
    #[error("The service is unavailable; try again in a moment.")]
    Unavailable,
    /// A fault on our side: 500. The log has the cause under the request's id.
    #[error("Something went wrong on the server.")]
    Internal,
}

impl ApiError {
    /// Whether the same may succeed a little later.
    pub const fn may_pass(&self) -> bool {
        matches!(self, Self::Unavailable | Self::Internal | Self::TooMany { .. })
    }

    /// The code by which programs tell it from others.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotJson { .. } => "not_json",
            Self::NotApplicationJson => "not_application_json",
            Self::SignedOut => "signed_out",
            Self::Forbidden => "forbidden",
            Self::ForeignOrigin => "foreign_origin",
            Self::NotFound { .. } => "not_found",
            Self::Conflict { .. } => "conflict",
            Self::Invalid { .. } => "invalid",
            Self::TooMany { .. } => "too_many",
            Self::Unavailable => "unavailable",
            Self::Internal => "internal",
        }
    }

    /// The HTTP status that goes with it.
    pub const fn status(&self) -> u16 {
        match self {
            Self::NotJson { .. } => 400,
            Self::SignedOut => 401,
            Self::Forbidden | Self::ForeignOrigin => 403,
            Self::NotFound { .. } => 404,
            Self::Conflict { .. } => 409,
            Self::NotApplicationJson => 415,
            Self::Invalid { .. } => 422,
            Self::TooMany { .. } => 429,
            Self::Unavailable => 503,
            Self::Internal => 500,
        }
    }
}

impl FromServerFnError for ApiError {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        match error {
            ServerFnErrorErr::Args(_) | ServerFnErrorErr::MissingArg(_) | ServerFnErrorErr::Deserialization(_) => {
                Self::Invalid {
                    field: "request".to_owned(),
                    rule: "its fields are missing or of a wrong type".to_owned(),
                }
            }
            ServerFnErrorErr::Request(_) => Self::Unavailable,
            _ => Self::Internal,
        }
    }
}
