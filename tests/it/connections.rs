//! Connections that take their time or too much room.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use service_manager::server::connections::{Limits, Server};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

use crate::support::{PATIENCE, eventually, metrics};

/// More than the kernels of both ends hold.
const LONG: usize = 64 * 1024 * 1024;

const SHORT: Duration = Duration::from_millis(200);

/// The program's own limits, but for the number of connections.
fn limits() -> Limits {
    let limits = Limits { most: 100, ..Limits::of_this_process() };
    assert_eq!((limits.longest_head.as_secs(), limits.longest_stall.as_secs()), (10, 30));
    limits
}

/// A server whose answer is long enough for a client that does not read it to be noticed.
async fn start(limits: Limits) -> (SocketAddr, CancellationToken, tokio::task::JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let shutdown = CancellationToken::new();
    let router = Router::new().route("/", get(async || "here")).route("/long", get(async || "x".repeat(LONG)));
    let full = Router::new().fallback(async || StatusCode::SERVICE_UNAVAILABLE);
    let server = Server { router, full, limits, metrics: metrics() };
    let serving = tokio::spawn(server.serve(listener, shutdown.clone()));
    (address, shutdown, serving)
}

/// What comes until the server closes the connection.
async fn rest_of(connection: &mut TcpStream) -> String {
    let mut text = Vec::new();
    tokio::time::timeout(PATIENCE, connection.read_to_end(&mut text)).await.expect("closed in time").ok();
    String::from_utf8_lossy(&text).into_owned()
}

#[tokio::test]
async fn a_head_that_comes_too_slowly_ends_its_connection() {
    let (address, ..) = start(Limits { longest_head: SHORT, ..limits() }).await;
    let mut silent = TcpStream::connect(address).await.expect("connected");
    let mut slow = TcpStream::connect(address).await.expect("connected");
    let began = Instant::now();
    slow.write_all(b"GET / HTTP/1.1\r\nHost: a\r\nX-Slow: ").await.expect("written");
    let drops = async {
        while slow.write_all(b"x").await.is_ok() {
            tokio::time::sleep(SHORT / 10).await;
        }
    };
    tokio::time::timeout(PATIENCE, drops).await.expect("the server gives up, whatever trickles in");
    assert!(began.elapsed() >= SHORT);
    assert_eq!(rest_of(&mut silent).await, "", "one that says nothing is closed as well");
}

#[tokio::test]
async fn a_head_that_is_too_large_is_refused() {
    let (address, ..) = start(limits()).await;
    let mut connection = TcpStream::connect(address).await.expect("connected");
    let large = format!("GET / HTTP/1.1\r\nHost: a\r\nX-Large: {}\r\n\r\n", "x".repeat(40 * 1024));
    connection.write_all(large.as_bytes()).await.expect("written");
    let answer = rest_of(&mut connection).await;
    assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
}

#[tokio::test]
async fn a_kept_connection_serves_again_and_closes_when_told_to_stop() {
    let (address, shutdown, serving) = start(limits()).await;
    let mut connection = TcpStream::connect(address).await.expect("connected");
    for _ in 0..2 {
        connection.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await.expect("written");
        let mut piece = [0; 1024];
        let length = connection.read(&mut piece).await.expect("an answer");
        assert!(String::from_utf8_lossy(&piece[..length]).ends_with("here"));
    }
    shutdown.cancel();
    assert_eq!(rest_of(&mut connection).await, "");
    tokio::time::timeout(PATIENCE, serving).await.expect("it stops").expect("no panic");
    assert!(TcpStream::connect(address).await.is_err(), "nobody listens any more");
}

#[tokio::test]
async fn a_client_that_does_not_read_is_given_up_and_one_that_reads_slowly_is_not() {
    let (address, ..) = start(Limits { longest_stall: SHORT * 2, ..limits() }).await;
    let ask = async || {
        let mut connection = TcpStream::connect(address).await.expect("connected");
        connection.write_all(b"GET /long HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").await.expect("written");
        connection
    };
    let (mut silent, mut slow) = (ask().await, ask().await);
    let (mut pieces, mut read, began) = (vec![0; LONG / 128], 0, Instant::now());
    // Slow, but it gets on: several times as long as the patience lasts in all.
    while let Ok(length @ 1..) = slow.read(&mut pieces).await {
        read += length;
        tokio::time::sleep(SHORT / 8).await;
    }
    assert!(read > LONG, "head and all of the body: {read}");
    assert!(began.elapsed() > SHORT * 6, "it outlasted the patience: {:?}", began.elapsed());
    let mut rest = Vec::new();
    let end = silent.read_to_end(&mut rest).await;
    assert!(end.is_err() || rest.len() < LONG, "it was cut off: {end:?} after {} bytes", rest.len());
}

#[tokio::test]
async fn one_connection_too_many_is_told_so_and_the_next_is_served_when_there_is_room() {
    let (address, ..) = start(Limits { most: 2, ..limits() }).await;
    let ask = async || {
        let mut connection = TcpStream::connect(address).await.expect("connected");
        connection.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await.expect("written");
        let mut piece = vec![0; 1024];
        let length = connection.read(&mut piece).await.expect("an answer");
        (connection, String::from_utf8_lossy(&piece[..length]).into_owned())
    };
    let ((first, answer), (_second, other)) = (ask().await, ask().await);
    assert!(answer.ends_with("here") && other.ends_with("here"));
    let (mut third, refusal) = ask().await;
    assert!(refusal.starts_with("HTTP/1.1 503 ") && refusal.contains("connection: close"), "{refusal}");
    assert_eq!(rest_of(&mut third).await, "", "it is not kept");
    drop(first);
    eventually("there is room again", || async { ask().await.1.ends_with("here").then_some(()) }).await;
}
