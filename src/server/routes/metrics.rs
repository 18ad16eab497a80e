//! `GET /metrics`: what this instance counts, for Prometheus.

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};

use crate::api::error::ApiError;
use crate::server::hub::Hub;
use crate::server::metrics::Metrics;
use crate::server::router::problem::Problem;

/// All series, in the text format that every Prometheus reads.
#[utoipa::path(
    get, path = "/metrics", tag = "operation", security(("metrics" = [])),
    responses(
        (status = 200, description = "The series", body = String, content_type = "text/plain; version=0.0.4; charset=utf-8"),
        (status = 401, description = "The token is missing or wrong", body = Problem, content_type = "application/problem+json", headers(("WWW-Authenticate" = String))),
    )
)]
pub async fn metrics(State(metrics): State<Metrics>, State(hub): State<Hub>) -> Result<Response, ApiError> {
    metrics.slowest_reader_lags(hub.slowest_lag());
    let text = metrics.text().map_err(|error| {
        tracing::error!(error = %error, "the metrics have no text form");
        ApiError::Internal
    })?;
    Ok(([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response())
}
