//! Whatever changes something must come from our own pages (CSRF).

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, Method, header};

use crate::api::error::ApiError;
use crate::model::audit::Action;
use crate::server::application::AppState;
use crate::server::auth::actor::Actor;
use crate::server::router::bearer;

/// Where every route that changes something needs a role; `/login`, which needs none, could sign a browser in as
/// somebody else.
pub const API: &str = "/api/";

/// Why another site's request is refused.
const FOREIGN: &str = "The request came from another site.";

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Refuses a changing request of another site. A request with a bearer token cannot come from one, because no site
/// can make a browser send it; its cookies are dropped, so that the token alone decides. Whoever asks the API and brings
/// neither has nothing that a site could misuse, and is told that they are signed out.
pub async fn require(state: &AppState, request: &mut Request) -> Result<(), ApiError> {
    if bearer::token(request.headers()).is_some() {
        request.headers_mut().remove(header::COOKIE);
        return Ok(());
    }
    let changes = !matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    let brings_nothing = request.uri().path().starts_with(API) && !request.headers().contains_key(header::COOKIE);
    if changes && !brings_nothing && !is_same_origin(request.headers(), &state.config.auth.public_origin) {
        let path = request.uri().path();
        tracing::warn!(http.path = path, "a request of another site is refused");
        let nobody = Actor::unknown(request.extensions(), request.headers(), &state.config.trusted_proxies);
        let intent = nobody.intends(Action::Forbidden, format!("{} {}", request.method(), start_of(path)));
        state.audit.refused(intent, FOREIGN).await;
        return Err(ApiError::ForeignOrigin);
    }
    Ok(())
}

/// As much of an address as the audit keeps: it is the caller's own.
fn start_of(path: &str) -> String {
    path.chars().take(100).collect()
}

/// What the browser says of the relation between the sites wins; only without it does the origin count. Neither of
/// them is a refusal, and so are `none`, `same-site` and `null`.
fn is_same_origin(headers: &HeaderMap, public_origin: &str) -> bool {
    match headers.get(SEC_FETCH_SITE) {
        Some(site) => site == "same-origin",
        None => headers.get(header::ORIGIN).is_some_and(|origin| origin == public_origin),
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn passes(site: Option<&'static str>, origin: Option<&'static str>) -> bool {
        let mut headers = HeaderMap::new();
        if let Some(site) = site {
            headers.insert(SEC_FETCH_SITE, HeaderValue::from_static(site));
        }
        if let Some(origin) = origin {
            headers.insert(header::ORIGIN, HeaderValue::from_static(origin));
        }
        is_same_origin(&headers, "https://bank.example")
    }

    #[test]
    fn only_our_own_pages_may_change_something() {
        assert!(passes(Some("same-origin"), None));
        assert!(passes(None, Some("https://bank.example")));
        for (site, origin) in [
            (None, None),
            (None, Some("null")),
            (None, Some("https://evil.example")),
            (None, Some("https://bank.example.evil.example")),
            (None, Some("http://bank.example")),
            (Some("none"), None),
            (Some("same-site"), None),
            (Some("cross-site"), None),
            (Some("cross-site"), Some("https://bank.example")),
            (Some(""), Some("https://bank.example")),
        ] {
            assert!(!passes(site, origin), "{site:?} {origin:?}");
        }
    }
}
