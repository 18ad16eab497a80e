//! `GET /healthz` and `GET /readyz`: for whoever starts and watches the program.

use axum::extract::State;

use crate::api::error::ApiError;
use crate::server::hub::Hub;

/// The program runs.
pub async fn healthz() -> &'static str {
    "ok\n"
}

/// Redis answers and the log is being followed; 503 while it is not.
pub async fn readyz(State(hub): State<Hub>) -> Result<&'static str, ApiError> {
    if hub.is_redis_connected() { Ok("ready\n") } else { Err(ApiError::Unavailable) }
}
