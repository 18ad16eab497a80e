//! `POST /login`: signs in with the form of the page, with JavaScript or without.

use std::net::SocketAddr;
use std::time::Duration;

use axum::extract::{ConnectInfo, Form, State};
use axum::http::{Extensions, HeaderMap, header};
use axum::response::{IntoResponse, Redirect, Response};
use secrecy::SecretString;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::api::error::ApiError;
use crate::model::audit::{Action, Intent};
use crate::server::application::AppState;
use crate::server::auth::actor::{Actor, CONSOLE};
use crate::server::auth::cookie::{SessionCookie, SessionId};
use crate::server::openapi::refusals::FormRefusals;
use crate::server::router::admission::accepts_html;
use crate::server::router::client_address::client_address;
use crate::server::router::next_page::NextPage;

/// The form's fields.
#[derive(Deserialize, ToSchema)]
pub struct Credentials {
    name: String,
    #[schema(format = Password)]
    password: String,
    /// The page to lead to, as a path.
    #[serde(default)]
    next: Option<String>,
}

/// On to the page asked for, or back to the form. Wrong password, unknown and disabled user answer alike, and so does
/// the limit of attempts: 429, or for a browser the form with the time to wait.
#[utoipa::path(
    post, path = "/login", tag = "session", security(()),
    request_body(content = Credentials, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 303, description = "On to a page, with the session's cookie; or back to the form, without", headers(("Location" = String))),
        FormRefusals,
    )
)]
pub async fn login(
    State(state): State<AppState>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    extensions: Extensions,
    headers: HeaderMap,
    Form(credentials): Form<Credentials>,
) -> Result<Response, ApiError> {
    let next = NextPage::checked(credentials.next.as_deref());
    let name = credentials.name;
    let cookie = SessionCookie::for_origin(&state.config.auth.public_origin);
    let address = client_address(peer, &headers, &state.config.trusted_proxies);
    let nobody = Actor::unknown(&extensions, &headers, &state.config.trusted_proxies);
    let attempt = match state.sign_in_limits.take(&name, address).await.map_err(|error| uncounted(&error))? {
        Ok(attempt) => attempt,
        Err(wait) => {
            tracing::warn!(client.address = %address, "too many attempts to sign in");
            refused(&state, &nobody, &name).await;
            return too_many(wait, &next, &headers);
        }
    };
    let intent = nobody.clone().named(&name).intends(Action::SignIn, CONSOLE);
    let Some(id) =
        start_session(&state, &name, SecretString::from(credentials.password), &intent, agent(&headers)).await?
    else {
        tracing::info!(client.address = %address, "a sign-in is refused");
        refused(&state, &nobody, &name).await;
        return Ok(Redirect::to(&format!("/login?failed=1&next={}", next.encoded())).into_response());
    };
    if let Err(error) = state.sign_in_limits.forgive(attempt).await {
        tracing::warn!(error = %error, "a successful attempt to sign in stays counted");
    }
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

/// Of a name that was typed only that of a user is kept: any other may be a password in the wrong field.
async fn refused(state: &AppState, nobody: &Actor, name: &str) {
    let intent = nobody.intends(Action::SignIn, CONSOLE);
    let is_user = state.users.exists(name).await.unwrap_or(false);
    state.audit.refused(if is_user { intent.with("name", name) } else { intent }, "").await;
}

fn uncounted(error: &dyn std::error::Error) -> ApiError {
    tracing::error!(error = %error, "an attempt to sign in could not be counted");
    ApiError::Unavailable
}

fn too_many(wait: Duration, next: &NextPage, headers: &HeaderMap) -> Result<Response, ApiError> {
    let seconds = wait.as_secs() + 1;
    if !accepts_html(headers) {
        return Err(ApiError::TooMany { retry_after_seconds: seconds });
    }
    Ok(Redirect::to(&format!("/login?wait={seconds}&next={}", next.encoded())).into_response())
}

/// What the browser calls itself.
fn agent(headers: &HeaderMap) -> &str {
    headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default()
}

async fn start_session(
    state: &AppState,
    name: &str,
    password: SecretString,
    intent: &Intent,
    agent: &str,
) -> Result<Option<SessionId>, ApiError> {
    let verified = state.users.verify(name, password).await.map_err(|error| {
        tracing::error!(error = %error, "a password could not be verified");
        ApiError::Unavailable
    })?;
    let Some(user) = verified else { return Ok(None) };
    let id = SessionId::random().map_err(|error| {
        tracing::error!(error = %error, "no random bytes for a session");
        ApiError::Internal
    })?;
    let started = state.sessions.start(&id, &user, intent, agent).await.map_err(|error| {
        tracing::error!(error = %error, "a session could not be started");
        ApiError::Unavailable
    })?;
    Ok(started.then_some(id))
}
