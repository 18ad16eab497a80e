//! `GET /healthz` and `GET /readyz`: for whoever starts and watches the program.

use axum::extract::State;

use crate::api::error::ApiError;
use crate::server::hub::Hub;
use crate::server::router::problem::Problem;

/// The program runs.
#[utoipa::path(
    get, path = "/healthz", tag = "operation", security(()),
    responses((status = 200, description = "It runs", body = String, content_type = "text/plain; charset=utf-8"))
)]
pub async fn healthz() -> &'static str {
    "ok\n"
}

/// Redis answers and the log is being followed; 503 while it is not.
#[utoipa::path(
    get, path = "/readyz", tag = "operation", security(()),
    responses(
        (status = 200, description = "It is ready", body = String, content_type = "text/plain; charset=utf-8"),
        (status = 503, description = "Redis does not answer, or the log is not followed yet", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn readyz(State(hub): State<Hub>) -> Result<&'static str, ApiError> {
    if hub.is_redis_connected() { Ok("ready\n") } else { Err(ApiError::Unavailable) }
}
