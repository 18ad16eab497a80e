//! The session cookie: `__Host-sm` where browsers come by https, plain `sm` on loopback.

use axum::http::{HeaderMap, HeaderValue, header};

use crate::server::auth::random;
use crate::server::auth::sessions::SessionKey;

/// A session's id, which only the browser keeps. The server knows its SHA-256.
pub struct SessionId(String);

/// The cookie's name and attributes, which follow from the scheme of the public origin.
#[derive(Clone, Copy, Debug)]
pub struct SessionCookie {
    secure: bool,
}

impl SessionId {
    /// A new id of 256 random bits.
    pub fn random() -> Result<Self, getrandom::Error> {
        random::text().map(Self)
    }

    /// The name under which the server keeps the session.
    pub fn key(&self) -> SessionKey {
        SessionKey(random::sha256(self.0.as_bytes()))
    }
}

impl SessionCookie {
    /// The cookie for browsers that come by this origin.
    pub fn for_origin(public_origin: &str) -> Self {
        Self { secure: public_origin.starts_with("https:") }
    }

    /// The id a request brings, if it brings one of the right form.
    pub fn read(self, headers: &HeaderMap) -> Option<SessionId> {
        headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|cookies| cookies.split(';'))
            .filter_map(|cookie| cookie.trim().split_once('='))
            .filter(|(name, _)| *name == self.name())
            .map(|(_, value)| value)
            .find(|value| random::has_form(value))
            .map(|value| SessionId(value.to_owned()))
    }

    /// What makes the browser keep the id until it is closed.
    pub fn set(self, id: &SessionId) -> Option<HeaderValue> {
        let mut value = HeaderValue::from_str(&format!("{}={}; {}", self.name(), id.0, self.attributes())).ok()?;
        value.set_sensitive(true);
        Some(value)
    }

    /// What makes the browser forget the id.
    pub fn clear(self) -> Option<HeaderValue> {
        HeaderValue::from_str(&format!("{}=; {}; Max-Age=0", self.name(), self.attributes())).ok()
    }

    const fn name(self) -> &'static str {
        if self.secure { "__Host-sm" } else { "sm" }
    }

    const fn attributes(self) -> &'static str {
        if self.secure { "Path=/; Secure; HttpOnly; SameSite=Lax" } else { "Path=/; HttpOnly; SameSite=Lax" }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(cookie: SessionCookie, text: &str) -> Option<String> {
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, HeaderValue::from_str(text).expect("a header"));
        cookie.read(&headers).map(|id| id.0)
    }

    #[test]
    fn the_scheme_decides_name_and_attributes() {
        let id = SessionId::random().expect("random bytes");
        let set = |origin| SessionCookie::for_origin(origin).set(&id).expect("a cookie");
        assert_eq!(
            set("https://bank.example").to_str().expect("text"),
            format!("__Host-sm={}; Path=/; Secure; HttpOnly; SameSite=Lax", id.0)
        );
        assert_eq!(
            set("http://127.0.0.1:3000").to_str().expect("text"),
            format!("sm={}; Path=/; HttpOnly; SameSite=Lax", id.0)
        );
    }

    #[test]
    fn an_id_is_read_back_among_other_cookies_and_other_forms_are_passed_over() {
        let id = SessionId::random().expect("random bytes").0;
        let https = SessionCookie::for_origin("https://bank.example");
        let http = SessionCookie::for_origin("http://localhost");
        assert_eq!(read(https, &format!("theme=dark; __Host-sm={id}; x=y")), Some(id.clone()));
        assert_eq!(read(https, &format!("sm={id}")), None, "the plain name is for loopback alone");
        assert_eq!(read(http, &format!("sm={id}")), Some(id));
        assert_eq!(read(http, "sm=short"), None);
        assert_eq!(read(http, &format!("sm={}", "g".repeat(64))), None);
    }
}
