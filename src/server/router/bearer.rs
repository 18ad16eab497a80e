//! `Authorization: Bearer …`: how scripts say who they are.

use axum::http::{HeaderMap, header};
use secrecy::SecretString;

const SCHEME: &str = "bearer ";

/// The token a request brings. No site can make a browser send one, so a request that has it cannot be forged.
pub fn token(headers: &HeaderMap) -> Option<SecretString> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let scheme = value.get(..SCHEME.len())?;
    scheme.eq_ignore_ascii_case(SCHEME).then(|| value[SCHEME.len()..].trim().into())
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn the_scheme_is_read_in_any_case_and_others_are_none() {
        let read = |value: &'static str| {
            let headers = HeaderMap::from_iter([(header::AUTHORIZATION, HeaderValue::from_static(value))]);
            token(&headers).map(|token| token.expose_secret().to_owned())
        };
        assert_eq!(read("Bearer abc").as_deref(), Some("abc"));
        assert_eq!(read("bearer  abc ").as_deref(), Some("abc"));
        for other in ["Basic YTpi", "Bearer", "Bearerabc", ""] {
            assert_eq!(read(other), None, "{other}");
        }
    }
}
