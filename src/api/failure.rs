//! An error together with the request that it ended, so that whoever reads it can name the request to others.

use leptos::prelude::{FromServerFnError, ServerFnErrorErr};
use leptos::server_fn::codec::JsonEncoding;
use serde::{Deserialize, Serialize};

use crate::api::error::ApiError;

/// What a server function answers that was to do something and did not. It reads the same JSON as [`ApiError`]; the id is
/// written into it once for all answers, where the server explains what went wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{error}")]
pub struct Failure {
    /// Why not.
    #[serde(flatten)]
    pub error: ApiError,
    /// Names the request in the server's log and in the audit; `None` if it did not get there.
    #[serde(default, rename = "requestId", skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

impl From<ApiError> for Failure {
    fn from(error: ApiError) -> Self {
        Self { error, request_id: None }
    }
}

impl FromServerFnError for Failure {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        ApiError::from_server_fn_error(error).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_written_like_the_error_and_read_with_the_id() {
        let error = ApiError::Conflict { reason: "It is stopped.".to_owned() };
        let failure = Failure::from(error.clone());
        let json = serde_json::to_string(&failure).expect("JSON");
        assert_eq!(json, serde_json::to_string(&error).expect("JSON"));
        let problem = r#"{"type":"about:blank","title":"Conflict","status":409,"detail":"It is stopped.",
            "requestId":"019a","code":"conflict","reason":"It is stopped."}"#;
        let read: Failure = serde_json::from_str(problem).expect("a failure");
        assert_eq!(read, Failure { error, request_id: Some("019a".to_owned()) });
        assert_eq!(read.to_string(), "It is stopped.");
    }
}
