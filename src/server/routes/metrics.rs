//! `GET /metrics`: what this instance counts, for Prometheus.

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};

use crate::api::error::ApiError;
use crate::server::metrics::Metrics;

/// All series, in the text format that every Prometheus reads.
pub async fn metrics(State(metrics): State<Metrics>) -> Result<Response, ApiError> {
    let text = metrics.text().map_err(|error| {
        tracing::error!(error = %error, "the metrics have no text form");
        ApiError::Internal
    })?;
    Ok(([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response())
}
