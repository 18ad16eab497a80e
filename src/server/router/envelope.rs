//! What every answer carries, whatever it is and however it came about: an id, and the headers that tell a browser
//! what it may do with it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::Response;
use leptos::nonce::Nonce;
use tracing::Span;

use crate::server::application::AppState;

/// Names one request in answers and in the log.
#[derive(Clone)]
pub struct RequestId(Arc<str>);

impl RequestId {
    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What is kept of a request until its answer leaves.
pub struct Envelope {
    /// The request's name.
    pub id: RequestId,
    nonce: Nonce,
    method: Method,
    path: String,
    started: Instant,
    span: Span,
}

impl Envelope {
    /// Gives a request its id and its nonce. A caller's own id is not taken up: it could pose as another request in the log.
    pub fn around(request: &mut Request) -> Self {
        let id = RequestId(uuid::Uuid::now_v7().to_string().into());
        let nonce = Nonce::new();
        request.extensions_mut().insert(id.clone());
        request.extensions_mut().insert(nonce.clone());
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let span = tracing::error_span!("request", request.id = id.as_str());
        Self { id, nonce, method, path, started: Instant::now(), span }
    }

    /// Puts the request's id on every line that is logged on the way.
    pub fn span(&self) -> Span {
        self.span.clone()
    }

    /// Gives the answer its headers.
    pub fn seal(self, response: &mut Response, state: &AppState) {
        self.span.in_scope(|| log_answer(&self.method, &self.path, response.status(), self.started.elapsed()));
        seal_headers(response.headers_mut(), state, &self.id, &self.nonce);
    }
}

/// The query stays out of the log: it may hold what somebody searched for.
fn log_answer(method: &Method, path: &str, status: StatusCode, took: Duration) {
    let (http_status, duration_ms) = (status.as_u16(), took.as_millis() as u64);
    if status.is_server_error() {
        tracing::warn!(http.method = %method, http.path = path, http.status = http_status, duration_ms, "answered");
    } else {
        tracing::debug!(http.method = %method, http.path = path, http.status = http_status, duration_ms, "answered");
    }
}

fn seal_headers(headers: &mut HeaderMap, state: &AppState, id: &RequestId, nonce: &Nonce) {
    if let Ok(id) = HeaderValue::from_str(id.as_str()) {
        headers.insert(HeaderName::from_static("x-request-id"), id);
    }
    if let Ok(policy) = HeaderValue::from_str(&content_policy(state, nonce)) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
    ] {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    if state.config.auth.public_origin.starts_with("https:") {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
}

fn content_policy(state: &AppState, nonce: &Nonce) -> String {
    let reload = state.config.reload_address.as_ref().map(|address| format!(" {address}")).unwrap_or_default();
    format!(
        "default-src 'none'; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; style-src 'self'; \
         connect-src 'self'{reload}; img-src 'self' data:; font-src 'self'; base-uri 'none'; object-src 'none'; \
         form-action 'self'; frame-ancestors 'none'"
    )
}
