//! `GET /api/openapi.json`: what the API takes and answers.

use axum::http::header;
use axum::response::IntoResponse;

use crate::server::openapi::json;

/// The description of this API, OpenAPI 3.1.
#[utoipa::path(
    get, path = "/api/openapi.json", tag = "operation", security(()),
    responses((status = 200, description = "The description", body = Object, content_type = "application/json"))
)]
pub async fn openapi() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], json())
}
