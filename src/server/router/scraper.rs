//! Whether a request comes from the one that collects metrics.

use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

use crate::server::router::bearer;

/// Whether the request brings the token. Hashes are compared and not the tokens, so that the time it takes says nothing
/// about how much of a guess was right.
pub fn is_scraper(headers: &HeaderMap, token: &SecretString) -> bool {
    let hash = |token: &SecretString| Sha256::digest(token.expose_secret());
    bearer::token(headers).is_some_and(|given| hash(&given) == hash(token))
}

/// The refusal, which says what is asked for.
pub fn refusal() -> Response {
    ([(header::WWW_AUTHENTICATE, "Bearer")], StatusCode::UNAUTHORIZED).into_response()
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn only_the_whole_token_with_its_scheme_is_right() {
        let token = SecretString::from("correct-horse");
        let is_right = |value: &'static str| {
            let headers = HeaderMap::from_iter([(header::AUTHORIZATION, HeaderValue::from_static(value))]);
            is_scraper(&headers, &token)
        };
        assert!(is_right("Bearer correct-horse") && is_right("bearer correct-horse"));
        for wrong in
            ["", "Bearer", "Bearer ", "Bearer correct", "Bearer correct-horse2", "Basic correct-horse", "correct-horse"]
        {
            assert!(!is_right(wrong), "{wrong:?}");
        }
        assert!(!is_scraper(&HeaderMap::new(), &token));
    }
}
