//! `GET /api/services/status/stream`: every change of every service, as Server-Sent Events.

use std::convert::Infallible;

use axum::body::{Body, Bytes};
use axum::extract::{Extension, Query, State};
use axum::http::{HeaderMap, HeaderName, Method, header};
use axum::response::{IntoResponse, Response};
use futures::stream;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::api::error::ApiError;
use crate::server::auth::credentials::Credential;
use crate::server::events::{Events, Handover, Source};
use crate::server::hub::Hub;
use crate::server::metrics::Metrics;
use crate::server::openapi::refusals::StreamRefusals;
use crate::server::streams::{OpenError, StreamKind, Streams};

/// The longest name of a tab, in bytes.
const MAX_TAB: usize = 64;

/// What tells browsers and proxies to pass every event on at once.
pub const STREAM_HEADERS: [(HeaderName, &str); 3] = [
    (header::CONTENT_TYPE, "text/event-stream"),
    (header::CACHE_CONTROL, "no-cache, no-transform"),
    (HeaderName::from_static("x-accel-buffering"), "no"),
];

/// What a page may add to the address.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct StreamQuery {
    /// The last event it has; what `Last-Event-ID` says when a browser reconnects by itself.
    after: Option<String>,
    /// A random name of this page load: the same one takes its earlier stream over.
    #[param(min_length = 1, max_length = 64, pattern = "^[A-Za-z0-9-]{1,64}$")]
    tab: Option<String>,
}

/// Opens a stream. 401 if nobody is signed in, 429 if the user has too many, 503 while Redis is out of reach.
#[utoipa::path(
    get, path = "/api/services/status/stream", tag = "services",
    params(
        StreamQuery,
        ("Last-Event-ID" = Option<String>, Header, description = "The last event the caller has, `<epoch>.<entry>`; wins over `after`"),
    ),
    responses(
        (status = 200, description = "Server-Sent Events: the full message or what changed since, then every change", body = String, content_type = "text/event-stream"),
        StreamRefusals,
    )
)]
pub async fn status_stream(
    State(hub): State<Hub>,
    State(streams): State<Streams>,
    State(metrics): State<Metrics>,
    Extension(credential): Extension<Credential>,
    Query(query): Query<StreamQuery>,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    if method == Method::HEAD {
        let is_good = streams.is_good(credential).await.map_err(|error| refusal(&error))?;
        return if is_good { Ok(STREAM_HEADERS.into_response()) } else { Err(ApiError::SignedOut) };
    }
    let tab = checked_tab(query.tab.as_deref())?;
    let position = position(&query, &headers);
    if position.is_some() {
        metrics.reconnected();
    }
    // Without Redis nobody can be found out about, so it is not asked.
    if !hub.is_redis_connected() {
        return Err(ApiError::Unavailable);
    }
    let stream = streams.open(credential, StreamKind::Status, tab).await.map_err(not_opened)?;
    let after = position.and_then(|position| position.parse().ok());
    let reader = hub.subscribe(after.as_ref()).ok_or(ApiError::Unavailable)?;
    if position.is_some() {
        metrics.resumed(reader.resume());
    }
    let events = Handover::of(Events::new(stream, Source::Status(reader), metrics));
    Ok((STREAM_HEADERS, Extension(events), endless()).into_response())
}

/// A body whose length nobody knows. The connection puts the events in its place.
pub fn endless() -> Body {
    Body::from_stream(stream::pending::<Result<Bytes, Infallible>>())
}

/// Tabs become part of a value in Redis whose parts are told apart by spaces.
pub fn checked_tab(tab: Option<&str>) -> Result<Option<&str>, ApiError> {
    let is_good = |tab: &str| {
        (1..=MAX_TAB).contains(&tab.len()) && tab.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    match tab {
        Some(tab) if !is_good(tab) => Err(ApiError::Invalid {
            field: "tab".to_owned(),
            rule: format!("it must be 1 to {MAX_TAB} letters, digits or '-'"),
        }),
        tab => Ok(tab),
    }
}

/// Where the page was. The header wins: a browser that reconnects by itself repeats the address it first asked for.
fn position<'a>(query: &'a StreamQuery, headers: &'a HeaderMap) -> Option<&'a str> {
    let header = headers.get("last-event-id").and_then(|value| value.to_str().ok());
    header.or(query.after.as_deref())
}

/// Why a stream is refused, in words for whoever asked.
pub fn not_opened(error: OpenError) -> ApiError {
    match error {
        OpenError::SignedOut => ApiError::SignedOut,
        OpenError::TooMany { retry_after } => ApiError::TooMany { retry_after_seconds: retry_after.as_secs() + 1 },
        OpenError::Redis(error) => refusal(&error),
    }
}

/// Why nobody can be found out about.
pub fn refusal(error: &dyn std::error::Error) -> ApiError {
    tracing::warn!(error = %error, "a stream cannot be opened");
    ApiError::Unavailable
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn a_tab_is_a_short_plain_word() {
        assert_eq!(checked_tab(None), Ok(None));
        assert_eq!(checked_tab(Some("a-1")), Ok(Some("a-1")));
        for bad in ["", "a b", "a\n", &"x".repeat(65)] {
            assert!(checked_tab(Some(bad)).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn the_header_wins_over_the_address() {
        let query = StreamQuery { after: Some("e.1-0".to_owned()), tab: None };
        let mut headers = HeaderMap::new();
        assert_eq!(position(&query, &headers), Some("e.1-0"));
        headers.insert("last-event-id", HeaderValue::from_static("e.2-0"));
        assert_eq!(position(&query, &headers), Some("e.2-0"));
    }
}
