//! The way of a request through the house, and of its answer back.
//!
//! One layer for all of it: of several, each would be boxed, and cloned for every request with all that are behind it.

use std::any::Any;
use std::panic::AssertUnwindSafe;

use axum::Extension;
use axum::extract::{Request, State};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures::FutureExt;
use tracing::Instrument;

use crate::api::error::ApiError;
use crate::server::application::AppState;
use crate::server::router::envelope::Envelope;
use crate::server::router::problem::{self, Panicked};
use crate::server::router::{form_return, limits, measure, same_origin};

/// Puts a request into its envelope, has it answered, and sees to the answer's form, however it came about: a refusal on
/// the way and a panic go out like any other.
pub async fn pass(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    let envelope = Envelope::around(&mut request);
    let (for_people, for_stream) = (problem::is_for_people(&request), measure::asks_for_stream(&request));
    let answer = AssertUnwindSafe(answer(&state, request, next)).catch_unwind().instrument(envelope.span()).await;
    let answer = answer.unwrap_or_else(|cause| failed(cause.as_ref()));
    let mut answer = problem::explain(answer, for_people, &envelope.id).await;
    measure::count(&state.metrics, &answer, for_stream);
    envelope.seal(&mut answer, &state);
    answer
}

/// What comes of a request that is neither another site's nor too large nor too slow.
async fn answer(state: &AppState, mut request: Request, next: Next) -> Response {
    if let Err(refusal) = same_origin::require(state, &mut request).await {
        return refusal.into_response();
    }
    let origin = &state.config.auth.public_origin;
    if request.method() != Method::POST {
        return limits::limit(limits::LONGEST_WAIT, request, next).await;
    }
    form_return::keep_own(request.headers_mut(), origin);
    let mut answer = limits::limit(limits::LONGEST_WAIT, request, next).await;
    form_return::lead_back(&mut answer, origin);
    answer
}

fn failed(cause: &(dyn Any + Send)) -> Response {
    let words = cause.downcast_ref::<String>().map(String::as_str).or_else(|| cause.downcast_ref::<&str>().copied());
    tracing::error!(panic.message = words.unwrap_or("unknown"), "a request panicked");
    (Extension(Panicked), ApiError::Internal).into_response()
}
