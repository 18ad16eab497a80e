//! The page's files: scripts, styles, pictures.

use std::path::{Component, Path};

use axum::extract::Request;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use leptos::config::LeptosOptions;
use percent_encoding::percent_decode_str;
use tower::ServiceExt;
use tower_http::services::ServeDir;

/// For files whose name changes with their content.
const FOREVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

/// For all others: kept, but asked for again each time.
const ASK_AGAIN: HeaderValue = HeaderValue::from_static("no-cache");

/// The shortest hash in a file's name.
const SHORTEST_HASH: usize = 8;

/// Answers with a file of the site, or 404.
///
/// Nothing is served whose path has a part that begins with a dot, and nothing at all if the site's root is the
/// working directory: the settings with their secrets may lie there.
pub async fn serve(options: LeptosOptions, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    if !reads || is_hidden(&path) || !has_root_of_its_own(&options.site_root) {
        return StatusCode::NOT_FOUND.into_response();
    }
    // The build leaves compressed files beside the others. They are sent to whoever takes them, with a Vary.
    let files = ServeDir::new(options.site_root.as_ref())
        .append_index_html_on_directories(false)
        .precompressed_br()
        .precompressed_gzip();
    let mut response = match files.oneshot(request).await {
        Ok(response) => response.into_response(),
        Err(never) => match never {},
    };
    if response.status().is_success() || response.status() == StatusCode::NOT_MODIFIED {
        let kept = if options.hash_files && is_hashed(&path, &options.site_pkg_dir) { FOREVER } else { ASK_AGAIN };
        response.headers_mut().insert(header::CACHE_CONTROL, kept);
    }
    response
}

/// As the file is looked for: decoded, and only then taken apart.
fn is_hidden(path: &str) -> bool {
    match percent_decode_str(path).decode_utf8() {
        Ok(path) => path.split('/').any(|part| part.starts_with('.')),
        Err(_) => true,
    }
}

fn has_root_of_its_own(site_root: &str) -> bool {
    Path::new(site_root).components().any(|part| matches!(part, Component::Normal(_)))
}

/// Whether a file's name has its hash before its extension: `/pkg/name.hash.ext`.
fn is_hashed(path: &str, package: &str) -> bool {
    let Some(file) = path.strip_prefix('/').and_then(|path| path.strip_prefix(package)) else { return false };
    let parts: Vec<_> = file.split('.').collect();
    let [_, hash, _] = parts.as_slice() else { return false };
    hash.len() >= SHORTEST_HASH && hash.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_hashed_name_is_kept_for_ever() {
        assert!(is_hashed("/pkg/service_manager.QUlSa0xK3dWmVQ.wasm", "pkg"));
        for other in ["/pkg/service_manager.wasm", "/favicon.ico", "/pkg/a.min.js", "/x/a.QUlSa0xK3dWmVQ.js"] {
            assert!(!is_hashed(other, "pkg"), "{other}");
        }
    }

    #[test]
    fn what_begins_with_a_dot_is_hidden_however_it_is_written() {
        for hidden in ["/.env", "/pkg/.env", "/%2eenv", "/%2Eenv", "/pkg%2f.env", "/pkg%2F%2eenv", "/a/../b", "/%ff"] {
            assert!(is_hidden(hidden), "{hidden}");
        }
        for shown in ["/pkg/a.b.js", "/favicon.svg", "/a%20b.svg", "/pkg%2fa.js"] {
            assert!(!is_hidden(shown), "{shown}");
        }
    }

    #[test]
    fn the_working_directory_is_no_site() {
        for bad in ["", ".", "./", "/"] {
            assert!(!has_root_of_its_own(bad), "{bad:?}");
        }
        assert!(
            has_root_of_its_own("target/site") && has_root_of_its_own("./site") && has_root_of_its_own("/srv/site")
        );
    }
}
