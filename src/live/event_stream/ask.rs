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

/// Which stream broke.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// That of statuses.
    Status,
    /// That of lines.
    Lines,
}

impl SessionStreams {
    /// Whether there is no room for another stream of that kind. One of lines may stand beside as many status streams as one
    /// may have.
    fn are_too_many(&self, kind: Kind) -> bool {
        let all = self.open_streams + self.open_log_streams;
        (kind == Kind::Status && self.max_streams.is_some_and(|limit| self.open_streams >= limit))
            || self.max_streams_with_logs.is_some_and(|limit| all >= limit)
    }
}

/// Why a stream of that kind may have broken.
pub async fn why(kind: Kind) -> Reason {
    let Ok(answer) = Request::get("/api/session").send().await else { return Reason::Unreachable };
    match answer.status() {
        401 => Reason::SignedOut,
        502 | 504 => Reason::Unreachable,
        500.. => Reason::Unavailable,
        _ => match answer.json::<SessionStreams>().await {
            Ok(streams) if streams.are_too_many(kind) => Reason::TooManyStreams,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_of_lines_may_stand_beside_as_many_status_streams_as_one_may_have() {
        let are_too_many = |status: u64, logs: u64| {
            let text = format!(
                r#"{{"openStreams":{status},"openLogStreams":{logs},"maxStreams":3,"maxStreamsWithLogs":4,"user":"ana"}}"#
            );
            let streams: SessionStreams = serde_json::from_str(&text).expect("what the server answers");
            [Kind::Status, Kind::Lines].map(|kind| streams.are_too_many(kind))
        };
        assert_eq!(are_too_many(2, 1), [false, false]);
        assert_eq!(are_too_many(3, 0), [true, false]);
        assert_eq!(are_too_many(3, 1), [true, true]);
        assert_eq!(are_too_many(0, 4), [true, true]);
    }

    #[test]
    fn a_server_that_tells_no_limit_refuses_nobody() {
        let streams: SessionStreams = serde_json::from_str(r#"{"openStreams":9}"#).expect("an answer");
        assert!(!streams.are_too_many(Kind::Status) && !streams.are_too_many(Kind::Lines));
    }
}
