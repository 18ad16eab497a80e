//! Who is let in: finds out who asks and holds it against the declared route.

use axum::extract::{MatchedPath, Query, Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use crate::api::error::ApiError;
use crate::model::audit::{Action, Intent};
use crate::server::application::AppState;
use crate::server::auth::actor::Actor;
use crate::server::auth::cookie::SessionCookie;
use crate::server::auth::credentials::{Credential, Identity};
use crate::server::auth::sessions::Presence;
use crate::server::auth::tokens;
use crate::server::router::bearer;
use crate::server::router::form_return;
use crate::server::router::next_page::NextPage;
use crate::server::router::scraper;
use crate::server::router::table::{self, Access, Kind, Route};

/// Why nobody may change anything.
const SIGNED_OUT: &str = "Nobody is signed in.";

/// Why somebody may not do what others may.
const ROLE_TOO_LOW: &str = "The role does not suffice.";

/// What the address of the sign-in may say.
#[derive(Deserialize)]
struct Asked {
    next: Option<String>,
}

/// Lets a request pass, with the [`Identity`] and the [`Actor`] behind it where a role is needed, or refuses it. Refusals
/// are audited; of people who are not signed in, those who would change something.
pub async fn admit(State(state): State<AppState>, path: MatchedPath, mut request: Request, next: Next) -> Response {
    let Some(route) = table::find(request.method(), path.as_str()) else {
        return undeclared(path.as_str());
    };
    let least = match route.access {
        Access::Public => return next.run(request).await,
        Access::Guest => {
            let known = identify(&state, request.headers(), Presence::Neutral).await;
            if !matches!(known, Ok(Some(_))) {
                return next.run(request).await;
            }
            let asked = Query::<Asked>::try_from_uri(request.uri()).ok().and_then(|Query(asked)| asked.next);
            return Redirect::to(NextPage::checked(asked.as_deref()).path()).into_response();
        }
        Access::Scraper => {
            let token = state.config.metrics.token.as_ref();
            let is_scraper = token.is_some_and(|token| scraper::is_scraper(request.headers(), token));
            return if is_scraper { next.run(request).await } else { scraper::refusal() };
        }
        Access::SignedIn => {
            let Some(credential) = shown(&state, request.headers()) else {
                return signed_out(&state, route, &request);
            };
            request.extensions_mut().insert(credential);
            return next.run(request).await;
        }
        Access::Role(role) => role,
    };
    let nobody = Actor::unknown(request.extensions(), request.headers(), &state.config.trusted_proxies);
    match identify(&state, request.headers(), route.presence).await {
        Err(error) => error.into_response(),
        Ok(None) => {
            if route.method != Method::GET {
                state.audit.refused(forbidden(&nobody, route), SIGNED_OUT).await;
            }
            signed_out(&state, route, &request)
        }
        Ok(Some(identity)) if identity.user.role < least => {
            let actor = nobody.known_as(&identity.user);
            state.audit.refused(forbidden(&actor, route), ROLE_TOO_LOW).await;
            ApiError::Forbidden.into_response()
        }
        Ok(Some(identity)) => {
            request.extensions_mut().insert(nobody.known_as(&identity.user));
            request.extensions_mut().insert(identity);
            next.run(request).await
        }
    }
}

/// The route as it is declared: whatever else stands in an address is the caller's own.
fn forbidden(actor: &Actor, route: &Route) -> Intent {
    actor.intends(Action::Forbidden, format!("{} {}", route.method, route.path))
}

/// What a request brings to show who sends it; whether it is good is for Redis to say.
///
/// A token counts alone, even if it is not good: whoever sends one does not mean a cookie.
fn shown(state: &AppState, headers: &HeaderMap) -> Option<Credential> {
    match bearer::token(headers) {
        Some(token) => tokens::key(&token).map(Credential::Token),
        None => {
            let cookie = SessionCookie::for_origin(&state.config.auth.public_origin);
            cookie.read(headers).map(|id| Credential::Session(id.key()))
        }
    }
}

/// Who sends a request; `None` if nobody who is known.
async fn identify(state: &AppState, headers: &HeaderMap, presence: Presence) -> Result<Option<Identity>, ApiError> {
    let unavailable = |error: &dyn std::error::Error| {
        tracing::warn!(error = %error, "who sends a request could not be found out");
        ApiError::Unavailable
    };
    match shown(state, headers) {
        None => Ok(None),
        Some(Credential::Token(key)) => state.tokens.read(&key).await.map_err(|error| unavailable(&error)),
        Some(Credential::Session(key)) => {
            state.sessions.read(&key, presence).await.map_err(|error| unavailable(&error))
        }
    }
}

/// A form that was posted without JavaScript is for people, like a page. Whoever signs in is back where they were.
fn signed_out(state: &AppState, route: &Route, request: &Request) -> Response {
    let asked = match route.kind {
        Kind::Page => request.uri().path_and_query().map(|path| path.as_str()),
        Kind::ServerFunction if accepts_html(request.headers()) => {
            form_return::posted_from(request.headers(), &state.config.auth.public_origin)
        }
        Kind::ServerFunction | Kind::Endpoint => return ApiError::SignedOut.into_response(),
    };
    Redirect::to(&format!("/login?next={}", NextPage::checked(asked).encoded())).into_response()
}

/// Whether the caller is a browser that shows what it gets.
pub fn accepts_html(headers: &HeaderMap) -> bool {
    let types = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    types.split(',').any(|one| {
        let mut parts = one.split(';').map(str::trim);
        parts.next().is_some_and(|kind| kind.eq_ignore_ascii_case("text/html")) && !parts.any(|part| part == "q=0")
    })
}

/// Tells a method that a known address does not take from an address that nobody declared.
fn undeclared(path: &str) -> Response {
    let methods: Vec<&str> = table::methods(path);
    if !methods.is_empty() {
        return (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, methods.join(", "))]).into_response();
    }
    tracing::error!(http.route = path, "a route is mounted that nobody declared");
    ApiError::Forbidden.into_response()
}
