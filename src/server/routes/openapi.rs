//! `GET /api/openapi.json`: what the API takes and answers.

use axum::response::Json;
use utoipa::openapi::OpenApi;

use crate::server::openapi::document;

/// The description of this API, OpenAPI 3.1.
#[utoipa::path(
    get, path = "/api/openapi.json", tag = "operation", security(()),
    responses((status = 200, description = "The description", body = Object, content_type = "application/json"))
)]
pub async fn openapi() -> Json<OpenApi> {
    Json(document())
}
