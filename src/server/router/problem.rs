//! Refusals and failures as callers see them: one form for routes and server functions (RFC 9457), and a plain
//! page for browsers that asked for HTML.

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::error::ApiError;
use crate::server::router::admission::accepts_html;
use crate::server::router::envelope::RequestId;
use crate::server::router::same_origin::API;

/// The longest error of a server function.
const LONGEST_ERROR: usize = 64 * 1024;

/// Marks a response of a server function that failed.
const SERVER_FUNCTION_ERROR: &str = leptos::server_fn::error::SERVER_FN_ERROR_HEADER;

/// Why a response is what it is.
#[derive(Clone)]
pub struct Reason(pub ApiError);

/// Marks the answer to a request whose handling panicked.
#[derive(Clone, Copy)]
pub struct Panicked;

/// The body of a refusal or failure, `application/problem+json`.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Problem<'a> {
    /// Always `about:blank`: the status says all there is to say of the kind.
    r#type: &'static str,
    /// The status in words.
    title: &'a str,
    /// The HTTP status.
    status: u16,
    /// What is wrong, in a sentence for people.
    detail: String,
    /// Names the request in the server's log.
    request_id: &'a str,
    /// The error itself, as the page reads it.
    #[serde(flatten)]
    #[schema(value_type = ProblemCode)]
    error: Option<ApiError>,
}

/// The error for programs; each code has the fields that go with it.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "it describes how `ApiError` is written")]
pub struct ProblemCode {
    /// `not_json`, `signed_out`, `forbidden`, `foreign_origin`, `not_found`, `conflict`, `not_application_json`,
    /// `invalid`, `too_many`, `unavailable` or `internal`; missing where the status says it all.
    code: Option<String>,
    /// With `invalid`: the field, as the caller named it.
    field: Option<String>,
    /// With `invalid`: the rule it breaks.
    rule: Option<String>,
    /// With `not_found`: what does not exist.
    what: Option<String>,
    /// With `conflict` and `not_json`: why not.
    reason: Option<String>,
    /// With `too_many`: when to come back, in seconds.
    retry_after_seconds: Option<u64>,
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = status.into_response();
        if let Self::TooMany { retry_after_seconds } = &self {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(*retry_after_seconds));
        }
        if self == Self::SignedOut {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response.extensions_mut().insert(Reason(self));
        response
    }
}

/// Whether a refusal is for people to read. The API speaks to programs, whatever they say that they would take as well.
pub fn is_for_people(request: &Request) -> bool {
    accepts_html(request.headers()) && !request.uri().path().starts_with(API)
}

/// Gives every refusal and failure its body and its status, server functions' ones included: those answer 500 for
/// everything.
pub async fn explain(mut response: Response, for_people: bool, id: &RequestId) -> Response {
    let of_server_function = response.headers().contains_key(SERVER_FUNCTION_ERROR);
    if of_server_function && !response.status().is_redirection() {
        let body = to_bytes(response.into_body(), LONGEST_ERROR).await.unwrap_or_default();
        response = serde_json::from_slice(&body).unwrap_or(ApiError::Internal).into_response();
    }
    let status = response.status();
    if !status.is_client_error() && !status.is_server_error() {
        return response;
    }
    let reason = response.extensions().get::<Reason>().map(|Reason(error)| error.clone());
    let is_ours = reason.is_some() || !response.headers().contains_key(header::CONTENT_TYPE) || !for_people;
    if !is_ours {
        return response;
    }
    let title = status.canonical_reason().unwrap_or("Error");
    let detail = reason.as_ref().map_or_else(|| sentence(status), ToString::to_string);
    let (mut parts, _) = response.into_parts();
    parts.headers.remove(header::CONTENT_LENGTH);
    parts.headers.remove(header::CONTENT_TYPE);
    let body = if for_people {
        page(title, &detail, id).into_response()
    } else {
        let problem = Problem {
            r#type: "about:blank",
            title,
            status: status.as_u16(),
            detail,
            request_id: id.as_str(),
            error: reason,
        };
        let text = serde_json::to_vec(&problem).unwrap_or_default();
        ([(header::CONTENT_TYPE, "application/problem+json")], text).into_response()
    };
    let (kind, body) = body.into_parts();
    parts.headers.extend(kind.headers);
    Response::from_parts(parts, Body::new(body))
}

fn sentence(status: StatusCode) -> String {
    match status {
        StatusCode::UNAUTHORIZED => "This address asks for a bearer token.",
        StatusCode::NOT_FOUND => "There is nothing at this address.",
        StatusCode::METHOD_NOT_ALLOWED => "This address does not take this method.",
        StatusCode::REQUEST_TIMEOUT => "The request took longer than 15 s to arrive.",
        StatusCode::PAYLOAD_TOO_LARGE => "The request is larger than 64 KiB.",
        StatusCode::URI_TOO_LONG => "The address is longer than 8 KiB.",
        StatusCode::UNSUPPORTED_MEDIA_TYPE => "The request has a content type that is not taken here.",
        StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY => "The request cannot be read.",
        _ => "The request could not be answered.",
    }
    .to_owned()
}

/// Names and words in `detail` may come from a request, so they are escaped.
fn page(title: &str, detail: &str, id: &RequestId) -> Html<String> {
    let detail = detail.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    Html(format!(
        "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>{title} · Service Manager</title>\
         <link rel=\"stylesheet\" href=\"/error.css\"></head><body><main><h1>{title}</h1><p>{detail}</p><p>Request {}</p>\
         <p><a href=\"/services\">Go to the services</a></p></main></body></html>",
        id.as_str()
    ))
}
