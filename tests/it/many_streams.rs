//! Hundreds of streams at once: how the program takes leave of them, and what those cost that do not read.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use futures::future::join_all;
use futures::{StreamExt, stream};
use redis::AsyncCommands;
use secrecy::SecretString;

use crate::support::{
    BUSY_MACHINE, PATIENCE, Program, RawStream, RedisServer, client, eventually, is_soaking, leases, show, soak,
    status_message, stream_token,
};

/// As many streams as are promised to part in order.
const STREAMS: usize = 500;

/// Streams of which one in ten is not read: each update is written to all of them.
fn streams_with_updates() -> usize {
    if is_soaking() { STREAMS } else { 100 }
}

const SETTINGS: [(&str, &str); 2] = [("SSE_MAX_STREAMS_PER_USER", "1000"), ("RUST_LOG", "warn")];

fn address(program: &Program) -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], program.port()))
}

/// So many streams, each with its first event.
async fn open(address: SocketAddr, token: &SecretString, how_many: usize) -> Vec<RawStream> {
    let opening = (0..how_many).map(|tab| async move {
        let mut stream = RawStream::ask(address, token, &format!("?tab={tab}")).await.ok()?;
        stream.reaches("retry: 5000").await.then_some(stream)
    });
    // Not all in one moment: a busy machine would not accept them in time.
    stream::iter(opening).buffered(50).filter_map(async |stream| stream).collect().await
}

async fn until_ready(program: &Program) {
    eventually("the server is ready", || async {
        let answer = client().get(program.url("/readyz")).send().await.ok()?;
        answer.status().is_success().then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_program_that_is_told_to_stop_parts_in_order_from_five_hundred_streams() {
    let server = RedisServer::start().await;
    let token = stream_token(&server, "ana").await;
    let mut program = Program::serve(&server, &SETTINGS);
    until_ready(&program).await;
    let mut streams = open(address(&program), &token, STREAMS).await;
    for _ in 0..soak() {
        assert_eq!((streams.len(), leases(&server).await), (STREAMS, STREAMS));

        let told = Instant::now();
        program.terminate();
        let partings = join_all(streams.into_iter().map(RawStream::rest)).await;
        let parted = told.elapsed();
        assert_eq!(program.exit_status().await, Some(0));
        assert!(parted < BUSY_MACHINE, "the last stream ended after {parted:?}");
        let mut waits = Vec::new();
        for parting in partings {
            let (_, last) = parting.split_once("event: shutdown\ndata: {\"retryIn\":").expect("a goodbye");
            let (wait, end) = last.split_once('}').expect("a time");
            assert_eq!(end, "\n\n\r\n0\r\n\r\n", "the event and the body are whole");
            waits.push(wait.parse::<u64>().expect("milliseconds"));
        }
        let (soonest, latest) = (waits.iter().min().expect("one"), waits.iter().max().expect("one"));
        assert!(*latest <= 2_500 && latest - soonest > 1_500, "they come back spread out: {soonest} to {latest} ms");
        assert_eq!(leases(&server).await, 0, "all leases are given back");

        program = Program::serve_on(program.port(), &server, &SETTINGS);
        until_ready(&program).await;
        streams = open(address(&program), &token, STREAMS).await;
        let back = told.elapsed() + Duration::from_millis(*latest);
        show(&format!(
            "{STREAMS} streams told to leave: parted after {parted:?}, all back after {back:?} at the latest"
        ));
        assert!(back < PATIENCE, "those that wait longest are back after {back:?}");
    }
}

#[tokio::test]
async fn streams_that_are_not_read_cost_little_and_keep_nobody_waiting() {
    const UPDATES: u32 = 2_000;
    let streams = streams_with_updates();
    let server = RedisServer::start().await;
    let token = stream_token(&server, "ana").await;
    let program = Program::serve(&server, &SETTINGS);
    until_ready(&program).await;
    let mut read = open(address(&program), &token, streams - streams / 10).await;
    let mut unread = open(address(&program), &token, 0).await;
    for tab in streams - streams / 10..streams {
        unread.push(RawStream::ask(address(&program), &token, &format!("?tab={tab}")).await.expect("asked"));
    }
    eventually("all are open", || async { (leases(&server).await == streams).then_some(()) }).await;

    let before = program.memory();
    let mut connection = server.connection().await;
    // 8 MB in all: far more than ring, program and kernel hold for one that does not read.
    let filler = "x".repeat(4_000);
    for number in 1..=UPDATES {
        let status = format!(r#"{{"state":"running","n":{number},"filler":"{filler}"}}"#);
        let payload = serde_json::to_string(&status_message("mail", &status)).expect("JSON");
        let _: () = connection.publish("service:mail", payload).await.expect("published");
    }
    let last = format!(r#""n":{UPDATES},"#);
    let reached = join_all(read.iter_mut().map(|stream| stream.reaches(&last))).await;
    assert!(reached.into_iter().all(|reached| reached), "whoever reads has the last update");
    let grown = program.memory().saturating_sub(before);
    show(&format!("a tenth of {streams} streams unread, {UPDATES} updates of 4 kB: {} kB more", grown / 1024));
    assert!(grown < 64 * 1024 * 1024, "{grown} bytes more");

    // Whoever reads again is right at once, whatever was missed: the newest, and not all that was before it.
    let mut late = unread.pop().expect("one");
    assert!(late.reaches(&last).await);
}
