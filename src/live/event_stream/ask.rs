//! What the page asks the server besides the stream.

use gloo_net::http::Request;
use serde::Deserialize;

use crate::live::event_stream::machine::Reason;
use crate::model::event::FullMessage;

/// What `GET /api/session` tells of streams.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SessionStreams {
    #[serde(default)]
    open_streams: u64,
    #[serde(default)]
    open_log_streams: u64,
    #[serde(default)]
    max_streams: Option<u64>,
    #[serde(default)]
    max_streams_with_logs: Option<u64>,
}

impl SessionStreams {
    fn are_too_many(&self) -> bool {
        let all = self.open_streams + self.open_log_streams;
        self.max_streams.is_some_and(|limit| self.open_streams >= limit)
            || self.max_streams_with_logs.is_some_and(|limit| all >= limit)
    }
}

/// Why a stream may have broken.
pub async fn why() -> Reason {
    let Ok(answer) = Request::get("/api/session").send().await else { return Reason::Unreachable };
    match answer.status() {
        401 => Reason::SignedOut,
        502 | 504 => Reason::Unreachable,
        500.. => Reason::Unavailable,
        _ => match answer.json::<SessionStreams>().await {
            Ok(streams) if streams.are_too_many() => Reason::TooManyStreams,
            _ => Reason::NothingKnown,
        },
    }
}

/// The full message, for browsers without EventSource.
pub async fn poll() -> Result<FullMessage, Reason> {
    let answer = Request::get("/api/services/status").send().await.map_err(|_| Reason::Unreachable)?;
    match answer.status() {
        200 => answer.json().await.map_err(|_| Reason::Unavailable),
        401 => Err(Reason::SignedOut),
        _ => Err(Reason::Unavailable),
    }
}
