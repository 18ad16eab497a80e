//! Where a form leads back to that was posted to a server function without JavaScript: to one of our own pages.
//!
//! Leptos redirects such a form to the `Referer`, whatever it says.

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;

/// Replaces a foreign or missing `Referer` of a form by our own address.
pub fn keep_own(headers: &mut HeaderMap, origin: &str) {
    if posted_from(headers, origin).is_none() {
        match HeaderValue::from_str(&format!("{origin}/services")) {
            Ok(own) => headers.insert(header::REFERER, own),
            Err(_) => headers.remove(header::REFERER),
        };
    }
}

/// Makes what comes back a relative path.
pub fn lead_back(response: &mut Response, origin: &str) {
    let location = response.headers().get(header::LOCATION).and_then(|value| value.to_str().ok());
    let path = location.and_then(|location| own_path(location, origin));
    // Leptos takes what an earlier form left out of the query, and leaves the question mark.
    let path = path.map(|path| path.strip_suffix('?').unwrap_or(path));
    if let Some(path) = path.and_then(|path| HeaderValue::from_str(path).ok()) {
        response.headers_mut().insert(header::LOCATION, path);
    }
    if response.status() == StatusCode::FOUND {
        *response.status_mut() = StatusCode::SEE_OTHER;
    }
}

/// Where a form was posted from, if that was a page of ours.
pub fn posted_from<'a>(headers: &'a HeaderMap, origin: &str) -> Option<&'a str> {
    headers.get(header::REFERER).and_then(|value| value.to_str().ok()).and_then(|referer| own_path(referer, origin))
}

/// The path and query of an address of ours.
fn own_path<'a>(address: &'a str, origin: &str) -> Option<&'a str> {
    address.strip_prefix(origin).filter(|path| path.starts_with('/') && !path.starts_with("//"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_ours_by_its_whole_origin() {
        let ours = "https://bank.example";
        assert_eq!(own_path("https://bank.example/services?a=b", ours), Some("/services?a=b"));
        for foreign in [
            "https://bank.example.evil.example/",
            "https://bank.example:8443/",
            "https://bank.example",
            "https://bank.example@evil.example/",
            "https://bank.example//evil.example",
            "http://bank.example/",
            "/services",
        ] {
            assert_eq!(own_path(foreign, ours), None, "{foreign}");
        }
    }
}
