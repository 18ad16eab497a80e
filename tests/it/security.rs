//! What every answer and every refusal looks like, and who is refused at the door.

use axum::Router;
use axum::routing::get;
use reqwest::{Response, StatusCode};
use serde_json::{Value, json};
use service_manager::model::user::Role;
use service_manager::server::router::enclose;

use crate::support::browser::{post, send, with_site};
use crate::support::{App, RedisServer, client, serve};

fn nonce(answer: &Response) -> String {
    let policy = answer.headers()["content-security-policy"].to_str().expect("text");
    let (_, rest) = policy.split_once("'nonce-").expect("a nonce");
    rest.split('\'').next().expect("its end").to_owned()
}

fn assert_sealed(what: &str, answer: &Response) {
    let nonce = nonce(answer);
    for (name, value) in [
        (
            "content-security-policy",
            format!(
                "default-src 'none'; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; style-src 'self'; \
                 connect-src 'self'; img-src 'self' data:; font-src 'self'; base-uri 'none'; object-src 'none'; \
                 form-action 'self'; frame-ancestors 'none'"
            ),
        ),
        ("x-content-type-options", "nosniff".to_owned()),
        ("referrer-policy", "same-origin".to_owned()),
        ("cross-origin-opener-policy", "same-origin".to_owned()),
        ("cross-origin-resource-policy", "same-origin".to_owned()),
    ] {
        let values: Vec<_> = answer.headers().get_all(name).iter().collect();
        assert_eq!(values, [&value], "{what}");
    }
    assert!(answer.headers().contains_key("x-request-id"), "{what}");
    assert!(answer.headers().contains_key("cache-control"), "{what}");
    assert!(!answer.headers().contains_key("strict-transport-security"), "{what}: plain http promises no TLS");
}

#[tokio::test]
async fn every_answer_carries_the_headers() {
    let server = RedisServer::start().await;
    let app = App::start(&server).await;
    let browser = app.signed_in("ana", Role::Viewer).await;
    for (path, status) in [
        ("/healthz", 200),
        ("/login", 303),
        ("/services", 200),
        ("/services/sync", 403),
        ("/api/session", 200),
        ("/api/services/status", 200),
        ("/api/services/status/stream", 200),
        ("/logout", 405),
        ("/nothing", 404),
        ("/pkg/nothing.js", 404),
    ] {
        let answer = send(browser.get(app.url(path))).await;
        assert_eq!(answer.status().as_u16(), status, "{path}");
        assert_sealed(path, &answer);
        if !path.ends_with("stream") {
            assert_eq!(answer.headers()["cache-control"], "no-store", "{path}");
        }
    }
    assert_sealed("anonymous", &send(client().get(app.url("/api/session"))).await);
    assert_sealed("foreign", &send(client().post(app.url("/logout"))).await);
}

#[tokio::test]
async fn the_page_carries_the_nonce_of_its_headers_and_each_request_has_another() {
    let server = RedisServer::start().await;
    let app = App::start(&server).await;
    let browser = app.signed_in("ana", Role::Viewer).await;
    let (first, second) =
        (send(browser.get(app.url("/services"))).await, send(browser.get(app.url("/services"))).await);
    let expected = nonce(&first);
    assert_ne!(expected, nonce(&second));
    let html = first.text().await.expect("HTML");
    let inline: Vec<_> =
        html.match_indices("<script").map(|(at, _)| &html[at..at + html[at..].find('>').expect("an end")]).collect();
    assert!(!inline.is_empty());
    for script in inline {
        assert!(script.contains(&format!("nonce=\"{expected}\"")), "{script}");
    }
    assert!(!html.contains(" style=\""), "inline styles are blocked");
}

#[tokio::test]
async fn only_while_watching_may_the_page_connect_to_the_reload_port() {
    let server = RedisServer::start().await;
    let app = App::start_with(&server, &[("LEPTOS_WATCH", "ON"), ("LEPTOS_RELOAD_PORT", "3099")]).await;
    let answer = send(client().get(app.url("/healthz"))).await;
    let policy = answer.headers()["content-security-policy"].to_str().expect("text");
    assert!(policy.contains("connect-src 'self' ws://127.0.0.1:3099;"), "{policy}");
}

#[tokio::test]
async fn a_changing_request_of_another_site_is_refused() {
    let server = RedisServer::start().await;
    let app = App::start(&server).await;
    let browser = app.signed_in("ana", Role::Operator).await;
    let origin = app.url("");
    for (site, from, admitted) in [
        (Some("same-origin"), None, true),
        (None, Some(origin.as_str()), true),
        (None, None, false),
        (None, Some("null"), false),
        (None, Some("https://evil.example"), false),
        (Some("none"), None, false),
        (Some("same-site"), None, false),
        (Some("cross-site"), Some(origin.as_str()), false),
    ] {
        for path in ["/fn/console", "/login", "/logout", "/nothing"] {
            let browser = if path == "/logout" { client() } else { browser.clone() };
            let mut request = browser.post(app.url(path));
            if let Some(site) = site {
                request = request.header("sec-fetch-site", site);
            }
            if let Some(from) = from {
                request = request.header("origin", from);
            }
            let answer = send(request).await;
            let refused = answer.status() == StatusCode::FORBIDDEN;
            assert_eq!(refused, !admitted, "{path} {site:?} {from:?}: {}", answer.status());
            if refused {
                let problem: Value = answer.json().await.expect("a problem");
                assert_eq!(problem["code"], "foreign_origin");
            }
        }
    }
    assert!(send(browser.get(app.url("/services"))).await.status().is_success(), "reading needs no proof");
}

#[tokio::test]
async fn with_a_bearer_token_cookies_count_for_nothing() {
    let server = RedisServer::start().await;
    let app = App::start(&server).await;
    let browser = app.signed_in("ana", Role::Admin).await;
    for scheme in ["Bearer", "bearer"] {
        let authorization = format!("{scheme} something");
        let read = send(browser.get(app.url("/api/session")).header("authorization", &authorization)).await;
        assert_eq!(read.status(), StatusCode::UNAUTHORIZED);
        let change = send(browser.post(app.url("/fn/console")).header("authorization", &authorization)).await;
        assert_eq!(change.status(), StatusCode::UNAUTHORIZED, "past the rule about sites, and signed out");
    }
}

#[tokio::test]
async fn refusals_are_problems_with_the_requests_id() {
    let server = RedisServer::start().await;
    let app = App::start(&server).await;
    let answer = send(client().get(app.url("/api/session")).header("x-request-id", "forged")).await;
    assert_eq!(answer.headers()["content-type"], "application/problem+json");
    let id = answer.headers()["x-request-id"].to_str().expect("text").to_owned();
    assert_ne!(id, "forged", "a caller's own id could pose as another request");
    let problem: Value = answer.json().await.expect("JSON");
    let expected = json!({
        "type": "about:blank", "title": "Unauthorized", "status": 401, "detail": "You are signed out.",
        "requestId": id, "code": "signed_out"
    });
    assert_eq!(problem, expected);
    let for_people = send(client().get(app.url("/nothing")).header("accept", "text/html,*/*")).await;
    assert_eq!(for_people.headers()["content-type"], "text/html; charset=utf-8");
    let id = for_people.headers()["x-request-id"].to_str().expect("text").to_owned();
    let html = for_people.text().await.expect("HTML");
    assert!(html.contains(&id), "{html}");
}

#[tokio::test]
async fn a_server_function_answers_with_the_status_of_its_error() {
    let server = RedisServer::start().await;
    let app = App::start(&server).await;
    let browser = app.signed_in("ana", Role::Operator).await;
    let unknown = send(post(&browser, &app, "/fn/sync_balance").form(&[("user_id", "4711")])).await;
    assert_eq!(unknown.status(), StatusCode::NOT_FOUND);
    assert_eq!(unknown.headers()["content-type"], "application/problem+json");
    let problem: Value = unknown.json().await.expect("JSON");
    assert_eq!((&problem["code"], &problem["status"]), (&json!("not_found"), &json!(404)));
    let wrong = send(post(&browser, &app, "/fn/sync_balance").form(&[("user_id", "many")])).await;
    assert_eq!(wrong.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let viewer = app.signed_in("bob", Role::Viewer).await;
    let forbidden = send(post(&viewer, &app, "/fn/sync_balance").form(&[("user_id", "1")])).await;
    assert_eq!(forbidden.status(), StatusCode::FORBIDDEN);
    let error: service_manager::api::error::ApiError = forbidden.json().await.expect("the page can read it");
    assert_eq!(error, service_manager::api::error::ApiError::Forbidden);
}

#[tokio::test]
async fn a_form_posted_without_javascript_returns_to_our_own_pages() {
    let server = RedisServer::start().await;
    let app = App::start(&server).await;
    let browser = app.signed_in("ana", Role::Operator).await;
    let own = app.url("/services/sync?q=a");
    let imitation = format!("{}@evil.example/", app.url(""));
    for (referer, starts) in [
        (Some(own.as_str()), "/services/sync?q=a"),
        (Some("https://evil.example/services"), "/services"),
        (Some(imitation.as_str()), "/services"),
        (None, "/services"),
    ] {
        let mut request =
            post(&browser, &app, "/fn/sync_balance").header("accept", "text/html").form(&[("user_id", "4711")]);
        if let Some(referer) = referer {
            request = request.header("referer", referer);
        }
        let answer = send(request).await;
        assert_eq!(answer.status(), StatusCode::SEE_OTHER, "{referer:?}");
        let place = answer.headers()["location"].to_str().expect("text");
        assert!(place.starts_with(starts) && place.contains("__err="), "{referer:?} leads to {place}");
    }
    for (referer, leads_to) in [
        (Some(own.as_str()), "/login?next=/services/sync%3Fq%3Da"),
        (Some("https://evil.example/jobs"), "/login?next=/services"),
        (Some(imitation.as_str()), "/login?next=/services"),
        (None, "/login?next=/services"),
    ] {
        let mut request = post(&client(), &app, "/fn/sync_balance").header("accept", "text/html");
        if let Some(referer) = referer {
            request = request.header("referer", referer);
        }
        assert_eq!(send(request).await.headers()["location"], leads_to, "signed out, from {referer:?}");
    }
}

#[tokio::test]
async fn a_panic_is_an_ordinary_failure_to_the_caller_and_tells_nothing() {
    let state = App::idle_state();
    let broken = Router::new().route("/broken", get(async || -> &'static str { panic!("the secret cause") }));
    let address = serve(enclose(broken, &state).with_state(state)).await;
    let answer = send(client().get(format!("http://{address}/broken"))).await;
    assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert_sealed("a panic", &answer);
    let text = answer.text().await.expect("a body");
    assert!(text.contains("\"code\":\"internal\"") && !text.contains("secret"), "{text}");
}

#[tokio::test]
async fn files_are_served_from_the_site_alone_and_only_hashed_ones_for_ever() {
    let server = RedisServer::start().await;
    let app = App::start(&server).await;
    let folder = tempfile::tempdir().expect("a folder");
    let site = folder.path().join("site");
    std::fs::create_dir_all(site.join("pkg")).expect("a folder");
    std::fs::create_dir_all(site.join(".git")).expect("a folder");
    for (name, text) in [
        ("pkg/service_manager.QUlSa0xK3dWmVQabcdefgh.js", "hashed"),
        ("pkg/service_manager.js", "plain"),
        ("favicon.svg", "<svg/>"),
        (".env", "SECRET=1"),
        (".git/config", "SECRET=1"),
        ("../outside.txt", "SECRET=1"),
    ] {
        std::fs::write(site.join(name), text).expect("a file");
    }
    let url = with_site(&app.state, &site).await;
    for (path, kept) in [
        ("/pkg/service_manager.QUlSa0xK3dWmVQabcdefgh.js", "public, max-age=31536000, immutable"),
        ("/pkg/service_manager.js", "no-cache"),
        ("/favicon.svg", "no-cache"),
    ] {
        let answer = send(client().get(format!("{url}{path}"))).await;
        assert_eq!(answer.headers()["cache-control"], kept, "{path}");
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        assert_sealed(path, &answer);
    }
    for path in ["/.env", "/%2eenv", "/.git/config", "/..%2foutside.txt", "/pkg/..%2f..%2foutside.txt", "/pkg/", "/%00"]
    {
        let answer = send(client().get(format!("{url}{path}"))).await;
        assert!(answer.status().is_client_error(), "{path}: {}", answer.status());
        assert!(!answer.text().await.expect("text").contains("SECRET"), "{path}");
    }
    let nowhere = with_site(&app.state, std::path::Path::new(".")).await;
    let answer = send(client().get(format!("{nowhere}/Cargo.toml"))).await;
    assert_eq!(answer.status(), StatusCode::NOT_FOUND, "the working directory is no site");
}
