//! What both event streams have in common: how one is asked for, why it is refused, and what it is answered with.

use std::convert::Infallible;

use axum::body::{Body, Bytes};
use axum::extract::Extension;
use axum::http::{HeaderMap, HeaderName, header};
use axum::response::{IntoResponse, Response};
use futures::stream;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::api::error::ApiError;
use crate::model::event::EventId;
use crate::server::auth::credentials::Credential;
use crate::server::events::{Events, Handover};
use crate::server::streams::{OpenError, Streams};

/// The longest name of a tab, in bytes.
const MAX_TAB: usize = 64;

/// What tells browsers and proxies to pass every event on at once.
const HEADERS: [(HeaderName, &str); 3] = [
    (header::CONTENT_TYPE, "text/event-stream"),
    (header::CACHE_CONTROL, "no-cache, no-transform"),
    (HeaderName::from_static("x-accel-buffering"), "no"),
];

/// What may be added to the address of either stream.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct StreamQuery {
    /// The last event the caller has; what `Last-Event-ID` says when a browser reconnects by itself. What is no position
    /// counts as nothing.
    after: Option<String>,
    /// A random name of this page load: the same one takes its earlier stream over.
    #[param(min_length = 1, max_length = 64, pattern = "^[A-Za-z0-9-]{1,64}$")]
    tab: Option<String>,
}

impl StreamQuery {
    /// The tab. It becomes part of a value in Redis whose parts are told apart by spaces. 422 for a name that breaks the
    /// rule.
    pub fn checked_tab(&self) -> Result<Option<&str>, ApiError> {
        let is_good = |tab: &str| {
            (1..=MAX_TAB).contains(&tab.len()) && tab.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        };
        match self.tab.as_deref() {
            Some(tab) if !is_good(tab) => Err(ApiError::Invalid {
                field: "tab".to_owned(),
                rule: format!("it must be 1 to {MAX_TAB} letters, digits or '-'"),
            }),
            tab => Ok(tab),
        }
    }

    /// Where the caller was, if it says so. The header wins: a browser that reconnects by itself repeats the address it
    /// first asked for.
    pub fn position(&self, headers: &HeaderMap) -> Option<EventId> {
        let header = headers.get("last-event-id").and_then(|value| value.to_str().ok());
        header.or(self.after.as_deref()).and_then(|position| position.parse().ok())
    }
}

/// The answer to whoever asks for the head alone, as a page does to learn why its stream broke.
pub async fn head(streams: &Streams, credential: Credential) -> Result<Response, ApiError> {
    let is_good = streams.is_good(credential).await.map_err(|error| unknowable(&error))?;
    if is_good { Ok(HEADERS.into_response()) } else { Err(ApiError::SignedOut) }
}

/// The answer that these events follow. Nobody knows the length of its body; the connection puts the events in its place.
pub fn answer(events: Events) -> Response {
    let endless = Body::from_stream(stream::pending::<Result<Bytes, Infallible>>());
    (HEADERS, Extension(Handover::of(events)), endless).into_response()
}

/// Why a stream is refused, in words for whoever asked.
pub fn refusal(error: OpenError) -> ApiError {
    match error {
        OpenError::SignedOut => ApiError::SignedOut,
        OpenError::TooMany { retry_after } => ApiError::TooMany { retry_after_seconds: retry_after.as_secs() + 1 },
        OpenError::Redis(error) => unknowable(&error),
    }
}

/// Nobody can be found out about.
fn unknowable(error: &dyn std::error::Error) -> ApiError {
    tracing::warn!(error = %error, "a stream cannot be opened");
    ApiError::Unavailable
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn a_tab_is_a_short_plain_word() {
        let checked = |tab: Option<&str>| {
            let query = StreamQuery { after: None, tab: tab.map(ToOwned::to_owned) };
            query.checked_tab().map(|tab| tab.map(ToOwned::to_owned))
        };
        assert_eq!(checked(None), Ok(None));
        assert_eq!(checked(Some("a-1")), Ok(Some("a-1".to_owned())));
        for bad in ["", "a b", "a\n", &"x".repeat(65)] {
            assert!(checked(Some(bad)).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn the_header_wins_over_the_address_and_what_is_no_position_counts_as_nothing() {
        let position = |after: Option<&str>, header: Option<&'static str>| {
            let header = header.map(|text| (HeaderName::from_static("last-event-id"), HeaderValue::from_static(text)));
            let query = StreamQuery { after: after.map(ToOwned::to_owned), tab: None };
            query.position(&HeaderMap::from_iter(header)).map(|position| position.to_string())
        };
        assert_eq!(position(None, None), None);
        assert_eq!(position(Some("e.1-0"), None).as_deref(), Some("e.1-0"));
        assert_eq!(position(Some("e.1-0"), Some("e.2-0")).as_deref(), Some("e.2-0"));
        for nothing in ["", "nonsense", "e.", "1-0"] {
            assert_eq!(position(Some(nothing), None), None, "{nothing:?}");
            assert_eq!(position(Some("e.1-0"), Some(nothing)), None, "{nothing:?} in the header");
        }
    }
}
