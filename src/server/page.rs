//! What a page that is being rendered is answered with besides its HTML.

use axum::http::StatusCode;
use leptos::prelude::use_context;
use leptos_axum::ResponseOptions;

use crate::api::error::ApiError;

/// What a page is about does not exist: the page says so by its status as well.
pub fn not_found(what: String) -> ApiError {
    if let Some(response) = use_context::<ResponseOptions>() {
        response.set_status(StatusCode::NOT_FOUND);
    }
    ApiError::NotFound { what }
}
