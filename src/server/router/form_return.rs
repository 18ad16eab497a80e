//! Where a form leads back to that was posted to a server function without JavaScript: to one of our own pages.
//!
//! Leptos redirects such a form to the `Referer`, whatever it says.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;

use crate::server::application::AppState;

/// Replaces a foreign or missing `Referer` by our own address, and makes what comes back a relative path.
pub async fn keep_own(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    if request.method() != Method::POST {
        return next.run(request).await;
    }
    let origin = &state.config.auth.public_origin;
    let headers = request.headers_mut();
    if posted_from(headers, origin).is_none() {
        match HeaderValue::from_str(&format!("{origin}/services")) {
            Ok(own) => headers.insert(header::REFERER, own),
            Err(_) => headers.remove(header::REFERER),
        };
    }
    let mut response = next.run(request).await;
    let location = response.headers().get(header::LOCATION).and_then(|value| value.to_str().ok());
    let path =
        location.and_then(|location| own_path(location, origin)).and_then(|path| HeaderValue::from_str(path).ok());
    if let Some(path) = path {
        response.headers_mut().insert(header::LOCATION, path);
    }
    if response.status() == StatusCode::FOUND {
        *response.status_mut() = StatusCode::SEE_OTHER;
    }
    response
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
