//! `GET /api/services/status/stream`: every change of every service, as Server-Sent Events.

use axum::extract::{Extension, Query, State};
use axum::http::{HeaderMap, Method};
use axum::response::Response;

use crate::api::error::ApiError;
use crate::server::auth::credentials::Credential;
use crate::server::events::{Events, Source};
use crate::server::hub::Hub;
use crate::server::metrics::Metrics;
use crate::server::openapi::refusals::StreamRefusals;
use crate::server::routes::stream_opening::{self, StreamQuery};
use crate::server::streams::{StreamKind, Streams};

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
        return stream_opening::head(&streams, credential).await;
    }
    let tab = query.checked_tab()?;
    let after = query.position(&headers);
    if after.is_some() {
        metrics.reconnected();
    }
    // Without Redis nobody can be found out about, so it is not asked.
    if !hub.is_redis_connected() {
        return Err(ApiError::Unavailable);
    }
    let stream = streams.open(credential, StreamKind::Status, tab).await.map_err(stream_opening::refusal)?;
    let reader = hub.subscribe(after.as_ref()).ok_or(ApiError::Unavailable)?;
    if after.is_some() {
        metrics.resumed(reader.resume());
    }
    Ok(stream_opening::answer(Events::new(stream, Source::Status(reader), metrics)))
}
