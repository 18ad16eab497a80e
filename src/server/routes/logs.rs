//! `GET /api/services/logs/stream` and `GET /api/services/logs.txt`: what services say line by line.

use axum::body::Body;
use axum::extract::{Extension, Query, State};
use axum::http::{HeaderMap, HeaderName, Method, header};
use axum::response::Response;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::api::error::ApiError;
use crate::model::log::LogQuestion;
use crate::server::application::AppState;
use crate::server::auth::credentials::Credential;
use crate::server::events::{Events, Source};
use crate::server::logs::{Filter, text};
use crate::server::openapi::refusals::{ReadRefusals, StreamRefusals};
use crate::server::router::problem::Problem;
use crate::server::routes::stream_opening::{self, StreamQuery};
use crate::server::streams::StreamKind;

/// Which lines may be asked for by the address of the stream.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct LogStreamQuery {
    /// Lines of that service alone.
    #[serde(default)]
    service: String,
    /// Lines of that level and above: `trace`, `debug`, `info`, `warn` or `error`.
    #[serde(default)]
    level: String,
}

/// Opens a stream of lines. 401 if nobody is signed in, 429 if the user has too many streams, 503 while Redis is out of reach.
#[utoipa::path(
    get, path = "/api/services/logs/stream", tag = "logs",
    params(
        LogStreamQuery,
        StreamQuery,
        ("Last-Event-ID" = Option<String>, Header, description = "The last line the caller has, `<epoch>.<entry>`; wins over `after`"),
    ),
    responses(
        (status = 200, description = "Server-Sent Events: the last 200 lines or what was said since, then every line as a `LogLine`; `dropped` where lines are missing", body = String, content_type = "text/event-stream"),
        StreamRefusals,
    )
)]
pub async fn log_stream(
    State(state): State<AppState>,
    Extension(credential): Extension<Credential>,
    Query(LogStreamQuery { service, level }): Query<LogStreamQuery>,
    Query(query): Query<StreamQuery>,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    if method == Method::HEAD {
        return stream_opening::head(&state.streams, credential).await;
    }
    let filter = Filter::asked(&LogQuestion { service, level, q: String::new() })?;
    let tab = query.checked_tab()?;
    // Without Redis nobody can be found out about, so it is not asked.
    if !state.logs.readers.is_connected() {
        return Err(ApiError::Unavailable);
    }
    let stream = state.streams.open(credential, StreamKind::Logs, tab).await.map_err(stream_opening::refusal)?;
    let reader = state.logs.follow(filter, query.position(&headers)).await?;
    Ok(stream_opening::answer(Events::new(stream, Source::Lines(reader), state.metrics.clone())))
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
    State(state): State<AppState>,
    Query(question): Query<LogQuestion>,
) -> Result<([(HeaderName, &'static str); 2], Body), ApiError> {
    let turn = state.downloads.turn().await?;
    let lines = state.logs.all(&question).await?;
    let headers = [
        (header::CONTENT_TYPE, "text/plain; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"logs.txt\""),
    ];
    Ok((headers, turn.body(text::file(&lines))))
}
