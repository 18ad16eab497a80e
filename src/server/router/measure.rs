//! Counts what was refused or failed, wherever on its way that was.

use axum::extract::Request;
use axum::http::Method;
use axum::response::Response;

use crate::api::error::ApiError;
use crate::server::metrics::{Failure, Metrics, StreamRefusal};
use crate::server::router::problem::{Panicked, Reason};
use crate::server::router::table::STATUS_STREAM;

/// Whether a status stream is asked for.
pub fn asks_for_stream(request: &Request) -> bool {
    request.method() == Method::GET && request.uri().path() == STATUS_STREAM
}

/// Counts an answer that is an error. A stream may be refused before its route is reached, so that is seen here too.
pub fn count(metrics: &Metrics, response: &Response, asks_for_stream: bool) {
    let status = response.status();
    if !status.is_client_error() && !status.is_server_error() {
        return;
    }
    let reason = response.extensions().get::<Reason>();
    metrics.failed(match reason {
        _ if response.extensions().get::<Panicked>().is_some() => Failure::Panic,
        Some(Reason(error)) => Failure::Known(error),
        None => Failure::Other,
    });
    match reason {
        Some(Reason(ApiError::TooMany { .. })) if asks_for_stream => metrics.stream_refused(StreamRefusal::TooMany),
        Some(Reason(ApiError::Unavailable)) if asks_for_stream => metrics.stream_refused(StreamRefusal::Unavailable),
        _ => {}
    }
}
