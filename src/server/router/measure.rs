//! Counts what was refused or failed, wherever on its way that was.

use axum::extract::{Request, State};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::Response;

use crate::api::error::ApiError;
use crate::server::metrics::{Failure, Metrics, StreamRefusal};
use crate::server::router::problem::{Panicked, Reason};
use crate::server::router::table::STATUS_STREAM;

/// Counts an answer that is an error. A stream may be refused before its route is reached, so that is seen here too.
pub async fn count(State(metrics): State<Metrics>, request: Request, next: Next) -> Response {
    let asks_for_stream = request.method() == Method::GET && request.uri().path() == STATUS_STREAM;
    let response = next.run(request).await;
    let status = response.status();
    if !status.is_client_error() && !status.is_server_error() {
        return response;
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
    response
}
