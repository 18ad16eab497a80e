//! `POST /login`: signs in with the form of the page, with JavaScript or without.

use axum::extract::{Form, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Redirect, Response};
use secrecy::SecretString;
use serde::Deserialize;

use crate::api::error::ApiError;
use crate::server::application::AppState;
use crate::server::auth::cookie::{SessionCookie, SessionId};
use crate::server::router::next_page::NextPage;

/// The form's fields.
#[derive(Deserialize)]
pub struct Credentials {
    name: String,
    password: String,
    #[serde(default)]
    next: Option<String>,
}

/// On to the page asked for, or back to the form. Wrong password, unknown and disabled user answer alike.
pub async fn login(
    State(state): State<AppState>,
    headers: HeaderMap,
    Form(credentials): Form<Credentials>,
) -> Result<Response, ApiError> {
    let next = NextPage::checked(credentials.next.as_deref());
    let name = credentials.name;
    let cookie = SessionCookie::for_origin(&state.config.auth.public_origin);
    let Some(id) = start_session(&state, &name, SecretString::from(credentials.password)).await? else {
        tracing::info!("a sign-in is refused");
        return Ok(Redirect::to(&format!("/login?failed=1&next={}", next.encoded())).into_response());
    };
    tracing::info!(user.name = name, "signed in");
    // The session this browser came with would otherwise live on with nobody to end it.
    if let Some(earlier) = cookie.read(&headers)
        && let Err(error) = state.sessions.end(&earlier.key()).await
    {
        tracing::warn!(error = %error, "the browser's earlier session is left to run out");
    }
    let set = cookie.set(&id).ok_or(ApiError::Internal)?;
    Ok(([(header::SET_COOKIE, set)], Redirect::to(next.path())).into_response())
}

async fn start_session(state: &AppState, name: &str, password: SecretString) -> Result<Option<SessionId>, ApiError> {
    let verified = state.users.verify(name, password).await.map_err(|error| {
        tracing::error!(error = %error, "a password could not be verified");
        ApiError::Unavailable
    })?;
    let Some(user) = verified else { return Ok(None) };
    let id = SessionId::random().map_err(|error| {
        tracing::error!(error = %error, "no random bytes for a session");
        ApiError::Internal
    })?;
    let started = state.sessions.start(&id, &user).await.map_err(|error| {
        tracing::error!(error = %error, "a session could not be started");
        ApiError::Unavailable
    })?;
    Ok(started.then_some(id))
}
