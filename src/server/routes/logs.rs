//! `GET /api/services/logs/stream` and `GET /api/services/logs.txt`: what services say line by line.

use axum::extract::{Extension, Query, State};
use axum::http::{HeaderMap, HeaderName, Method, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::api::error::ApiError;
use crate::model::log::LogQuestion;
use crate::server::auth::credentials::Credential;
use crate::server::events::{Events, Handover, Source};
use crate::server::logs::{Filter, Logs, text};
use crate::server::metrics::Metrics;
use crate::server::openapi::refusals::{ReadRefusals, StreamRefusals};
use crate::server::router::problem::Problem;
use crate::server::routes::status_stream::{STREAM_HEADERS, checked_tab, endless, not_opened, refusal};
use crate::server::streams::{StreamKind, Streams};

/// What may be added to the address of the stream.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct LogStreamQuery {
    /// Lines of that service alone.
    #[serde(default)]
    service: String,
    /// Lines of that level and above: `trace`, `debug`, `info`, `warn` or `error`.
    #[serde(default)]
    level: String,
    /// The last line the caller has; what `Last-Event-ID` says when a browser reconnects by itself.
    after: Option<String>,
    /// A random name of this page load: the same one takes its earlier stream over.
    #[param(min_length = 1, max_length = 64, pattern = "^[A-Za-z0-9-]{1,64}$")]
    tab: Option<String>,
}

/// Opens a stream of lines. 401 if nobody is signed in, 429 if the user has too many streams, 503 while Redis is out of reach.
#[utoipa::path(
    get, path = "/api/services/logs/stream", tag = "logs",
    params(
        LogStreamQuery,
        ("Last-Event-ID" = Option<String>, Header, description = "The last line the caller has, `<epoch>.<entry>`; wins over `after`"),
    ),
    responses(
        (status = 200, description = "Server-Sent Events: the last 200 lines or what was said since, then every line as a `LogLine`; `dropped` where lines are missing", body = String, content_type = "text/event-stream"),
        StreamRefusals,
    )
)]
pub async fn log_stream(
    State(logs): State<Logs>,
    State(streams): State<Streams>,
    State(metrics): State<Metrics>,
    Extension(credential): Extension<Credential>,
    Query(query): Query<LogStreamQuery>,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    if method == Method::HEAD {
        let is_good = streams.is_good(credential).await.map_err(|error| refusal(&error))?;
        return if is_good { Ok(STREAM_HEADERS.into_response()) } else { Err(ApiError::SignedOut) };
    }
    let LogStreamQuery { service, level, after, tab } = query;
    let filter = Filter::asked(&LogQuestion { service, level, q: String::new() })?;
    let tab = checked_tab(tab.as_deref())?;
    // Without Redis nobody can be found out about, so it is not asked.
    if !logs.readers.is_connected() {
        return Err(ApiError::Unavailable);
    }
    let stream = streams.open(credential, StreamKind::Logs, tab).await.map_err(not_opened)?;
    let header = headers.get("last-event-id").and_then(|value| value.to_str().ok());
    let after = header.or(after.as_deref()).and_then(|position| position.parse().ok());
    let reader = logs.follow(filter, after).await?;
    let events = Handover::of(Events::new(stream, Source::Lines(reader), metrics));
    Ok((STREAM_HEADERS, Extension(events), endless()).into_response())
}

/// The lines that are kept, as a text file, oldest first: about 20,000 of all services together, or 2,000 of one.
#[utoipa::path(
    get, path = "/api/services/logs.txt", tag = "logs", params(LogQuestion),
    responses(
        (status = 200, description = "One line each; control characters are shown, not sent", body = String, content_type = "text/plain"),
        (status = 422, description = "A parameter breaks a rule; says which and what rule", body = Problem, content_type = "application/problem+json"),
        ReadRefusals,
    )
)]
pub async fn log_file(
    State(logs): State<Logs>,
    Query(question): Query<LogQuestion>,
) -> Result<([(HeaderName, &'static str); 2], String), ApiError> {
    let lines = logs.all(&question).await?;
    let headers = [
        (header::CONTENT_TYPE, "text/plain; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"logs.txt\""),
    ];
    Ok((headers, text::file(&lines)))
}
