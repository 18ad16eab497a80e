//! Connections that take their time or too much room.

use std::time::{Duration, Instant};

use axum::Router;
use axum::routing::get;
use service_manager::server::connections::{self, LONGEST_HEAD};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

const SHORT: Duration = Duration::from_millis(200);

async fn start(longest_head: Duration) -> (std::net::SocketAddr, CancellationToken, tokio::task::JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let shutdown = CancellationToken::new();
    let router = Router::new().route("/", get(async || "here"));
    let serving = tokio::spawn(connections::serve(listener, router, longest_head, shutdown.clone()));
    (address, shutdown, serving)
}

/// What comes until the server closes the connection.
async fn rest_of(connection: &mut TcpStream) -> String {
    let mut text = Vec::new();
    tokio::time::timeout(Duration::from_secs(5), connection.read_to_end(&mut text)).await.expect("closed in time").ok();
    String::from_utf8_lossy(&text).into_owned()
}

#[tokio::test]
async fn a_head_that_comes_too_slowly_ends_its_connection() {
    assert_eq!(LONGEST_HEAD, Duration::from_secs(10));
    let (address, ..) = start(SHORT).await;
    let mut silent = TcpStream::connect(address).await.expect("connected");
    let mut slow = TcpStream::connect(address).await.expect("connected");
    let began = Instant::now();
    slow.write_all(b"GET / HTTP/1.1\r\nHost: a\r\nX-Slow: ").await.expect("written");
    let drops = async {
        while slow.write_all(b"x").await.is_ok() {
            tokio::time::sleep(SHORT / 10).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(5), drops).await.expect("the server gives up, whatever trickles in");
    assert!(began.elapsed() >= SHORT);
    assert_eq!(rest_of(&mut silent).await, "", "one that says nothing is closed as well");
}

#[tokio::test]
async fn a_head_that_is_too_large_is_refused() {
    let (address, ..) = start(LONGEST_HEAD).await;
    let mut connection = TcpStream::connect(address).await.expect("connected");
    let large = format!("GET / HTTP/1.1\r\nHost: a\r\nX-Large: {}\r\n\r\n", "x".repeat(40 * 1024));
    connection.write_all(large.as_bytes()).await.expect("written");
    let answer = rest_of(&mut connection).await;
    assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
}

#[tokio::test]
async fn a_kept_connection_serves_again_and_closes_when_told_to_stop() {
    let (address, shutdown, serving) = start(LONGEST_HEAD).await;
    let mut connection = TcpStream::connect(address).await.expect("connected");
    for _ in 0..2 {
        connection.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await.expect("written");
        let mut piece = [0; 1024];
        let length = connection.read(&mut piece).await.expect("an answer");
        assert!(String::from_utf8_lossy(&piece[..length]).ends_with("here"));
    }
    shutdown.cancel();
    assert_eq!(rest_of(&mut connection).await, "");
    tokio::time::timeout(Duration::from_secs(5), serving).await.expect("it stops").expect("no panic");
    assert!(TcpStream::connect(address).await.is_err(), "nobody listens any more");
}
