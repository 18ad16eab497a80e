//! What a page that is being rendered is answered with besides its HTML, and whether a page is wanted at all.

use axum::http::StatusCode;
use axum::http::request::Parts;
use leptos::prelude::use_context;
use leptos_axum::ResponseOptions;

use crate::api::error::ApiError;
use crate::server::router::admission::accepts_html;

/// The request that a server function answers, if a plain form sent it, which wants a page for an answer.
pub fn plain_form() -> Option<Parts> {
    use_context::<Parts>().filter(|request| accepts_html(&request.headers))
}

/// What a page is about does not exist: the page says so by its status as well.
pub fn not_found(what: String) -> ApiError {
    if let Some(response) = use_context::<ResponseOptions>() {
        response.set_status(StatusCode::NOT_FOUND);
    }
    ApiError::NotFound { what }
}
