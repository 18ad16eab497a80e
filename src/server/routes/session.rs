//! `GET /api/session`: who I am, and how many streams I may still open. `POST`: somebody is there.

use axum::extract::{Extension, State};
use axum::http::StatusCode;
use axum::response::Json;
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::error::ApiError;
use crate::model::user::Role;
use crate::server::auth::credentials::Identity;
use crate::server::openapi::refusals::ReadRefusals;
use crate::server::streams::Streams;

/// The answer.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Session {
    /// The name they sign in with.
    user: String,
    /// What they may do; for a token, what it may do.
    role: Role,
    /// The status streams they have open, over all instances.
    open_streams: usize,
    /// The streams of lines they have open, over all instances.
    open_log_streams: usize,
    /// How many status streams they may have.
    max_streams: usize,
    /// How many streams of both kinds they may have.
    max_streams_with_logs: usize,
}

/// Tells who asks. Does not extend the session.
#[utoipa::path(
    get, path = "/api/session", tag = "session",
    responses((status = 200, description = "Who asks", body = Session), ReadRefusals)
)]
pub async fn session(
    State(streams): State<Streams>,
    Extension(identity): Extension<Identity>,
) -> Result<Json<Session>, ApiError> {
    let held = streams.count(&identity.user.name).await.map_err(|error| {
        tracing::warn!(error = %error, "open streams could not be counted");
        ApiError::Unavailable
    })?;
    Ok(Json(Session {
        user: identity.user.name,
        role: identity.user.role,
        open_streams: held.status,
        open_log_streams: held.logs,
        max_streams: streams.max_per_user(),
        max_streams_with_logs: streams.max_of_all_kinds(),
    }))
}

/// Somebody touched the page. That extends the session is the route's declaration; there is nothing else to do.
#[utoipa::path(
    post, path = "/api/session", tag = "session",
    responses((status = 204, description = "The session is extended"), ReadRefusals)
)]
pub async fn touch() -> StatusCode {
    StatusCode::NO_CONTENT
}
