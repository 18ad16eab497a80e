//! Requests that are too large, too slow or broken.

use std::future;
use std::time::Duration;

use axum::Router;
use axum::middleware::from_fn;
use axum::routing::{get, post as post_route};
use reqwest::StatusCode;
use service_manager::model::user::Role;
use service_manager::server::router::limits;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::support::browser::{post, send};
use crate::support::{App, PATIENCE, RedisServer, client, serve};

#[tokio::test]
async fn what_is_too_large_is_refused() {
    let server = RedisServer::start().await;
    let app = App::start(&server).await;
    let browser = app.signed_in("ana", Role::Operator).await;
    let large = format!("query={}", "x".repeat(64 * 1024));
    let told = post(&browser, &app, "/fn/search_users").header("content-type", "application/x-www-form-urlencoded");
    let untold = told.try_clone().expect("a copy");
    let pieces = futures::stream::iter([large.clone()].map(Ok::<_, std::io::Error>));
    assert_eq!(send(told.body(large)).await.status(), StatusCode::PAYLOAD_TOO_LARGE);
    let untold = send(untold.body(reqwest::Body::wrap_stream(pieces))).await;
    assert_eq!(untold.status(), StatusCode::PAYLOAD_TOO_LARGE, "also without a length");
    let long = format!("/services?q={}", "x".repeat(8 * 1024));
    assert_eq!(send(browser.get(app.url(&long))).await.status(), StatusCode::URI_TOO_LONG);
}

#[tokio::test]
async fn an_answer_that_takes_too_long_is_given_up() {
    assert_eq!(limits::LONGEST_WAIT, Duration::from_secs(15));
    let slow = Router::new().route("/slow", get(async || future::pending::<()>().await));
    let slow = slow.layer(from_fn(|request, next| limits::limit(Duration::from_millis(20), request, next)));
    let answer = send(client().get(format!("http://{}/slow", serve(slow).await))).await;
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
}

/// What the server says to these bytes, and to no more.
async fn raw(app: &App, bytes: &str) -> String {
    let mut connection = tokio::net::TcpStream::connect(app.address).await.expect("connected");
    connection.write_all(bytes.as_bytes()).await.expect("written");
    let mut answer = vec![0; 4096];
    let length = tokio::time::timeout(PATIENCE, connection.read(&mut answer)).await.expect("in time");
    String::from_utf8_lossy(&answer[..length.expect("read")]).into_owned()
}

#[tokio::test]
async fn a_broken_request_is_not_taken_for_a_large_one() {
    let server = RedisServer::start().await;
    let app = App::start(&server).await;
    let post = "POST /api/session HTTP/1.1\r\nhost: a\r\n";
    for (head, status) in [
        (format!("{post}transfer-encoding: chunked\r\n\r\nzz\r\n"), "400"),
        (format!("{post}content-length: 200000\r\nexpect: 100-continue\r\n\r\n"), "413"),
        ("GET /healthz HTTP/1.1\r\n\r\n".to_owned(), "400"),
        ("GET /healthz HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n".to_owned(), "400"),
        ("GET /healthz HTTP/1.0\r\n\r\n".to_owned(), "200"),
    ] {
        let answer = raw(&app, &head).await;
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status} ")) || answer.starts_with(&format!("HTTP/1.0 {status} ")),
            "{head:?}: {answer}"
        );
        assert!(answer.contains("x-request-id: "), "{answer}");
    }
}

#[tokio::test]
async fn a_body_that_takes_too_long_to_arrive_is_given_up() {
    let taken = Router::new().route("/taken", post_route(async |body: String| body));
    let taken = taken.layer(from_fn(|request, next| limits::limit(Duration::from_millis(20), request, next)));
    let url = format!("http://{}/taken", serve(taken).await);
    let never = futures::stream::pending::<Result<Vec<u8>, std::io::Error>>();
    let answer = send(client().post(&url).body(reqwest::Body::wrap_stream(never))).await;
    assert_eq!(answer.status(), StatusCode::REQUEST_TIMEOUT);
    assert_eq!(send(client().post(&url).body("in time")).await.text().await.expect("text"), "in time");
}
