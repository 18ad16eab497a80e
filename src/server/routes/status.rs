//! `GET /api/services/status`: the full message, for scripts and for browsers without `EventSource`.

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};

use crate::api::error::ApiError;
use crate::server::hub::Hub;
use crate::server::openapi::full_message::FullMessage;
use crate::server::openapi::refusals::ReadRefusals;

/// The full message as JSON; 503 while Redis is out of reach, since what is known may no longer be true.
#[utoipa::path(
    get, path = "/api/services/status", tag = "services",
    responses((status = 200, description = "Every service", body = FullMessage), ReadRefusals)
)]
pub async fn status(State(hub): State<Hub>) -> Result<Response, ApiError> {
    if !hub.is_redis_connected() {
        return Err(ApiError::Unavailable);
    }
    Ok(([(CONTENT_TYPE, "application/json")], hub.full_message()).into_response())
}
