//! The page's files as they are sent: compressed at build time, for those who take them so.

use std::path::Path;
use std::process::Command;

use reqwest::{Response, StatusCode};
use tempfile::TempDir;

use crate::support::browser::with_site;
use crate::support::{App, RedisServer, client};

const NAME: &str = "pkg/service_manager.QUlSa0xK3dWmVQabcdefgh.wasm";

/// A site with one large and one small file, compressed as a build does it.
fn built_site() -> TempDir {
    let site = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(site.path().join("pkg")).expect("a folder");
    std::fs::write(site.path().join(NAME), "the same words again and again; ".repeat(1_000)).expect("a file");
    std::fs::write(site.path().join("favicon.svg"), "<svg/>").expect("a file");
    compress(site.path());
    site
}

fn compress(site: &Path) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tools/precompress.mjs");
    assert!(Command::new("node").arg(script).arg(site).status().expect("node").success());
}

async fn get(url: &str, accepted: Option<&str>) -> Response {
    let request = client().get(url);
    let request = match accepted {
        Some(encodings) => request.header("accept-encoding", encodings),
        None => request,
    };
    let answer = request.send().await.expect("an answer");
    assert_eq!(answer.status(), StatusCode::OK, "{url}");
    answer
}

fn header<'a>(answer: &'a Response, name: &str) -> Option<&'a str> {
    answer.headers().get(name).map(|value| value.to_str().expect("text"))
}

#[tokio::test]
async fn a_file_is_sent_compressed_to_whoever_takes_it_so() {
    let server = RedisServer::start().await;
    let app = App::start(&server).await;
    let site = built_site();
    let url = with_site(&app.state, site.path()).await;
    let address = format!("{url}/{NAME}");
    for (accepted, encoding, file) in [
        (Some("gzip, deflate, br, zstd"), Some("br"), format!("{NAME}.br")),
        (Some("gzip"), Some("gzip"), format!("{NAME}.gz")),
        (Some("br;q=0"), None, NAME.to_owned()),
        (None, None, NAME.to_owned()),
    ] {
        let answer = get(&address, accepted).await;
        assert_eq!(header(&answer, "content-encoding"), encoding, "{accepted:?}");
        assert_eq!(header(&answer, "content-type"), Some("application/wasm"), "{accepted:?}");
        assert_eq!(header(&answer, "vary"), Some("accept-encoding"), "{accepted:?}");
        assert_eq!(header(&answer, "cache-control"), Some("public, max-age=31536000, immutable"), "{accepted:?}");
        let expected = std::fs::read(site.path().join(&file)).expect("a file");
        assert!(encoding.is_none() || expected.len() < 1_000, "{file} is small");
        assert_eq!(answer.bytes().await.expect("a body"), expected, "{file}");
    }
    let answer = get(&format!("{url}/favicon.svg"), Some("br")).await;
    assert_eq!(header(&answer, "content-encoding"), None, "too small to be worth it");
}

#[tokio::test]
async fn no_file_is_sent_whose_name_begins_with_a_dot() {
    let server = RedisServer::start().await;
    let app = App::start(&server).await;
    let site = built_site();
    for name in [".env", "pkg/.env"] {
        std::fs::write(site.path().join(name), "SECRET=1").expect("a file");
    }
    let url = with_site(&app.state, site.path()).await;
    for path in ["/.env", "/%2eenv", "/pkg/.env", "/pkg%2f.env", "/pkg%2F%2Eenv"] {
        let answer = client().get(format!("{url}{path}")).send().await.expect("an answer");
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{path}");
    }
}

#[test]
fn a_build_leaves_no_compressed_file_of_an_earlier_one() {
    let site = built_site();
    let compressed = site.path().join(format!("{NAME}.br"));
    assert!(compressed.exists());
    std::fs::remove_file(site.path().join(NAME)).expect("it was there");
    compress(site.path());
    assert!(!compressed.exists());
}
