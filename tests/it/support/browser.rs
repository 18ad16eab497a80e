//! Requests that a browser makes: signing in and out, forms, streams.

use leptos::config::LeptosOptions;
use redis::AsyncCommands;
use redis::aio::MultiplexedConnection;
use reqwest::{Client, RequestBuilder, Response, StatusCode};
use service_manager::server::application::{AppState, Rooms};
use service_manager::server::router::router;

use crate::support::{App, EventReader, METRICS_TOKEN, RedisServer, serve};

/// The answer to a GET.
pub async fn get(browser: &Client, app: &App, path: &str) -> Response {
    browser.get(app.url(path)).send().await.expect("an answer")
}

/// The answer to the form of the sign-in page.
pub async fn sign_in(browser: &Client, app: &App, form: &[(&str, &str)]) -> Response {
    let request = browser.post(app.url("/login")).header("sec-fetch-site", "same-origin").form(form);
    request.send().await.expect("an answer")
}

/// The answer to a sign-out.
pub async fn sign_out(browser: &Client, app: &App) -> Response {
    browser.post(app.url("/logout")).header("sec-fetch-site", "same-origin").send().await.expect("an answer")
}

/// Whether a browser has a session.
pub async fn is_signed_in(browser: &Client, app: &App) -> bool {
    let status = get(browser, app, "/api/session").await.status();
    assert!([StatusCode::OK, StatusCode::UNAUTHORIZED].contains(&status), "{status}");
    status == StatusCode::OK
}

/// The key of the only session there is.
pub async fn only_session(redis: &mut MultiplexedConnection) -> String {
    let keys: Vec<String> = redis.keys("sm:session:*").await.expect("keys");
    assert_eq!(keys.len(), 1, "{keys:?}");
    keys.into_iter().next().expect("one")
}

/// The answer to a request.
pub async fn send(request: RequestBuilder) -> Response {
    request.send().await.expect("an answer")
}

/// A POST as the pages of the console make it.
pub fn post(browser: &Client, app: &App, path: &str) -> RequestBuilder {
    browser.post(app.url(path)).header("sec-fetch-site", "same-origin")
}

/// The same program with files of its own.
pub async fn with_site(state: &AppState, root: &std::path::Path) -> String {
    let leptos = LeptosOptions::builder()
        .output_name("service_manager")
        .site_root(root.to_string_lossy().into_owned())
        .hash_files(true)
        .build();
    let address = serve(router(Rooms { leptos, ..Rooms::clone(state) }.into())).await;
    format!("http://{address}")
}

/// The answer to a request for a status stream.
pub async fn asked(browser: &Client, app: &App, query: &str) -> Response {
    browser.get(app.url(&format!("/api/services/status/stream{query}"))).send().await.expect("an answer")
}

/// A status stream.
pub async fn open(browser: &Client, app: &App, query: &str) -> EventReader {
    EventReader::new(asked(browser, app, query).await)
}

/// An instance whose metrics may be read.
pub async fn scraped_app(server: &RedisServer) -> App {
    App::start_with(server, &[("METRICS_TOKEN", METRICS_TOKEN)]).await
}
