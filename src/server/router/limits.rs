//! How large a request may be and how long it may take.

use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{StatusCode, Version, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http_body::Body as _;
use http_body_util::LengthLimitError;
use tokio::time::{Instant, timeout_at};

use crate::api::error::ApiError;

/// The largest body, in bytes.
const LARGEST_BODY: usize = 64 * 1024;

/// The longest address, in bytes.
const LONGEST_ADDRESS: usize = 8 * 1024;

/// The time for the body to arrive and for an answer to begin. A stream, once begun, lasts as long as it likes.
pub const LONGEST_WAIT: Duration = Duration::from_secs(15);

/// Refuses a request that is too large or arrives too slowly, and gives up one whose answer does not begin within
/// `longest_wait`. The body is read here, whole, so that one that arrives in pieces without telling its length meets
/// the same limits.
pub async fn limit(longest_wait: Duration, request: Request, next: Next) -> Response {
    let address = request.uri().path_and_query().map_or(0, |path| path.as_str().len());
    if address > LONGEST_ADDRESS {
        return StatusCode::URI_TOO_LONG.into_response();
    }
    if request.version() == Version::HTTP_11 && request.headers().get_all(header::HOST).iter().count() != 1 {
        return StatusCode::BAD_REQUEST.into_response();
    }
    let deadline = Instant::now() + longest_wait;
    let (parts, body) = request.into_parts();
    // One that says itself that it is too large is not waited for.
    if body.size_hint().lower() > LARGEST_BODY as u64 {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    }
    let body = match timeout_at(deadline, to_bytes(body, LARGEST_BODY)).await {
        Ok(Ok(body)) => body,
        Ok(Err(error)) if is_too_large(&error) => return StatusCode::PAYLOAD_TOO_LARGE.into_response(),
        // It broke off, or its pieces are not as they should be.
        Ok(Err(_)) => return StatusCode::BAD_REQUEST.into_response(),
        Err(_) => return StatusCode::REQUEST_TIMEOUT.into_response(),
    };
    timeout_at(deadline, next.run(Request::from_parts(parts, Body::from(body)))).await.unwrap_or_else(|_| {
        tracing::warn!("a request took too long and is given up");
        ApiError::Unavailable.into_response()
    })
}

fn is_too_large(error: &axum::Error) -> bool {
    std::error::Error::source(error).is_some_and(|cause| cause.is::<LengthLimitError>())
}
