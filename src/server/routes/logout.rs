//! `POST /logout`: ends the session on the server, not in the browser alone.

use axum::extract::State;
use axum::http::{Extensions, HeaderMap, header};
use axum::response::{IntoResponse, Redirect, Response};

use crate::api::error::ApiError;
use crate::model::audit::{Action, Verdict};
use crate::server::application::AppState;
use crate::server::auth::actor::{Actor, CONSOLE};
use crate::server::auth::cookie::SessionCookie;
use crate::server::openapi::refusals::ForeignRefusals;

/// Ends the session, its streams with it, and goes to the sign-in page. 503 if Redis cannot be told.
#[utoipa::path(
    post, path = "/logout", tag = "session", security(("session" = []), ()),
    responses(
        (status = 303, description = "To the sign-in page; the cookie is taken away", headers(("Location" = String))),
        ForeignRefusals,
    )
)]
pub async fn logout(
    State(state): State<AppState>,
    extensions: Extensions,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let cookie = SessionCookie::for_origin(&state.config.auth.public_origin);
    if let Some(id) = cookie.read(&headers) {
        let session = id.key();
        let ended = state.sessions.end(&session).await.map_err(|error| {
            tracing::error!(error = %error, "a session could not be ended");
            ApiError::Unavailable
        })?;
        state.streams.end_session(&session);
        if let Some(name) = ended {
            tracing::info!(user.name = name, "signed out");
            let actor = Actor::unknown(&extensions, &headers, &state.config.trusted_proxies).named(&name);
            let intent = actor.intends(Action::SignOut, CONSOLE);
            // Nobody is kept in because their leaving cannot be written down.
            if let Err(error) = state.audit.note(&intent, Verdict::Succeeded, "").await {
                tracing::warn!(%error, "somebody who signed out is missing from the audit");
            }
        }
    }
    let clear = cookie.clear().ok_or(ApiError::Internal)?;
    Ok(([(header::SET_COOKIE, clear)], Redirect::to("/login")).into_response())
}
