//! `GET /api/session`: who I am, and how many streams I may still open. `POST`: somebody is there.

use axum::extract::{Extension, State};
use axum::http::StatusCode;
use axum::response::Json;
use serde::Serialize;

use crate::api::error::ApiError;
use crate::model::user::Role;
use crate::server::auth::credentials::Identity;
use crate::server::streams::Streams;

/// The answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Session {
    user: String,
    role: Role,
    open_streams: usize,
    max_streams: usize,
}

/// Tells who asks. Does not extend the session.
pub async fn session(
    State(streams): State<Streams>,
    Extension(identity): Extension<Identity>,
) -> Result<Json<Session>, ApiError> {
    let open_streams = streams.count(&identity.user.name).await.map_err(|error| {
        tracing::warn!(error = %error, "open streams could not be counted");
        ApiError::Unavailable
    })?;
    let max_streams = streams.max_per_user();
    Ok(Json(Session { user: identity.user.name, role: identity.user.role, open_streams, max_streams }))
}

/// Somebody touched the page. That extends the session is the route's declaration; there is nothing else to do.
pub async fn touch() -> StatusCode {
    StatusCode::NO_CONTENT
}
