//! That the load generator of the benchmark notices what it must.

#![cfg(target_os = "linux")]
#![expect(clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "a test fails by panicking")]
#![allow(dead_code, reason = "the tests need the load generator alone")]

mod bench;

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, TcpListener, TcpStream};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use bench::load::chunked::{Broken, Chunked};
use bench::load::fleet::Fleet;
use bench::load::histogram::Histogram;
use bench::load::message::{PUBLISHERS, Stamp, now, stamps};
use bench::load::publisher::{Door, Publisher, Timetable};
use bench::load::reader::NoStream;
use bench::load::record::Record;
use bench::machine::{Span, Watch};
use bench::readings::{Ceiling, Measure, Readings};
use bench::report::ceilings;
use bench::systems::{Programs, System};
use bench::workloads::{MOST_LOAD, Window};

const HEAD: &str = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";

/// How long anything here may take.
const LONGEST: Duration = Duration::from_secs(20);

/// A server with one reader at a time, which sends what it is told.
struct FakeServer {
    address: SocketAddrV4,
    /// What to send next; `None` ends the connection.
    next: mpsc::Sender<Option<String>>,
}

impl FakeServer {
    fn start(head: &'static str) -> Self {
        let door = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let Ok(SocketAddr::V4(address)) = door.local_addr() else { panic!("an address") };
        let (next, told) = mpsc::channel::<Option<String>>();
        thread::spawn(move || {
            // It ends with the test, which holds the other end of the channel.
            while let Ok((mut socket, _)) = door.accept() {
                read_head(&mut socket);
                socket.write_all(head.as_bytes()).expect("a reader");
                loop {
                    match told.recv() {
                        Ok(Some(text)) => socket.write_all(text.as_bytes()).expect("a reader"),
                        Ok(None) => break,
                        Err(_) => return,
                    }
                }
            }
        });
        Self { address, next }
    }

    fn send(&self, text: impl Into<String>) {
        self.next.send(Some(text.into())).expect("the server runs");
    }

    fn hang_up(&self) {
        self.next.send(None).expect("the server runs");
    }

    /// A reader that has had its first event.
    fn reader(&self) -> Fleet {
        self.send(chunk("data: {\"now\":1}\n\n"));
        let mut fleet = Fleet::new(self.address, vec!["GET / HTTP/1.1\r\n".to_owned()]);
        fleet.connect(1, LONGEST).expect("a stream");
        fleet
    }
}

fn read_head(socket: &mut TcpStream) {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        assert_eq!(socket.read(&mut byte).expect("a reader"), 1);
        head.push(byte[0]);
    }
}

fn chunk(text: &str) -> String {
    format!("{:x}\r\n{text}\r\n", text.len())
}

fn event(number: u32) -> String {
    chunk(&format!("id: e.1-0\ndata: {}\n\n", Stamp { publisher: 0, number, due: now() }.message()))
}

/// What a reader makes of messages with these numbers.
fn seen(numbers: &[u32]) -> Record {
    let server = FakeServer::start(HEAD);
    let mut fleet = server.reader();
    numbers.iter().for_each(|number| server.send(event(*number)));
    let all = numbers.len() as u64;
    let has_all = |fleet: &Fleet| fleet.record.deliveries + fleet.record.repeated == all;
    assert!(fleet.run_until(LONGEST, has_all).expect("a stream"), "{:?}", fleet.record);
    fleet.record
}

/// Lost, repeated, reordered.
fn counts(record: &Record) -> [u64; 3] {
    [record.lost, record.repeated, record.reordered]
}

#[test]
fn what_comes_once_and_in_order_is_clean() {
    let record = seen(&[0, 1, 2, 3]);
    assert_eq!((record.deliveries, counts(&record)), (4, [0, 0, 0]));
}

#[test]
fn a_lost_message_is_noticed() {
    assert_eq!(counts(&seen(&[0, 1, 3, 4])), [1, 0, 0]);
    assert_eq!(counts(&seen(&[2])), [2, 0, 0], "the first ones as well");
    assert_eq!(counts(&seen(&[0, 200])), [199, 0, 0]);
}

#[test]
fn a_repeated_message_is_noticed() {
    assert_eq!(counts(&seen(&[0, 1, 1, 2])), [0, 1, 0]);
    assert_eq!(counts(&seen(&[0, 1, 2, 0])), [0, 1, 0]);
    let all: Vec<u32> = (0..100).chain([3]).collect();
    assert_eq!(counts(&seen(&all)), [0, 1, 0], "after long as well");
}

#[test]
fn a_reordered_message_is_noticed_and_is_not_lost() {
    assert_eq!(counts(&seen(&[0, 2, 1, 3])), [0, 0, 1]);
    assert_eq!(counts(&seen(&[0, 2, 1, 1])), [0, 1, 1]);
}

#[test]
fn a_full_message_may_tell_of_later_messages_and_not_of_older_ones() {
    let server = FakeServer::start(HEAD);
    let mut fleet = server.reader();
    let full = |number| {
        let message = Stamp { publisher: 1, number, due: now() }.message();
        chunk(&format!("data: {{\"balanceSync\":{{}},\"bench1\":{message},\"services\":[{message}]}}\n\n"))
    };
    server.send(full(7));
    let knows = |fleet: &Fleet| fleet.readers[0].sequences[1].known() == 8;
    assert!(fleet.run_until(LONGEST, knows).expect("a stream"));
    assert_eq!((counts(&fleet.record), fleet.record.backwards), ([0, 0, 0], 0));
    server.send(full(6));
    let fell_back = |fleet: &Fleet| fleet.record.backwards > 0;
    assert!(fleet.run_until(LONGEST, fell_back).expect("a stream"), "an older state was told");
}

#[test]
fn an_overloaded_generator_makes_a_measurement_void() {
    let window = |load| {
        let span = Span { seconds: 1.0, server_us: 0.0, server: 0.0, load, others: 0.0 };
        Window { span, record: Record::default(), missing: 0 }
    };
    assert_eq!(window(MOST_LOAD).void(), None);
    let reason = window(MOST_LOAD + 0.01).void().expect("void");
    assert_eq!(reason, "load generator and Redis used 86 % of their core");
}

#[test]
fn what_ends_the_raising_of_a_rate_is_told_whatever_it_is() {
    let window = |server, load, missing, delay_us| {
        let span = Span { seconds: 1.0, server_us: 0.0, server, load, others: 0.0 };
        let mut record = Record::default();
        record.delays.add(delay_us);
        Window { span, record, missing }.gave_way()
    };
    assert!(window(0.97, MOST_LOAD, 0, 900_000).is_empty());
    assert_eq!(window(0.98, 0.5, 0, 1_000), ["the server's core was full (98 %)"]);
    assert_eq!(window(0.5, 0.9, 0, 1_000), ["load generator and Redis used 90 % of their core"]);
    assert_eq!(window(0.5, 0.5, 3, 1_000), ["3 deliveries were missing"]);
    let late = window(0.5, 0.5, 0, 1_200_000).concat();
    assert!(late.starts_with("the 99th percentile was 1") && late.ends_with(" ms"), "{late}");
    assert_eq!(window(1.0, 1.0, 1, 2_000_000).len(), 4, "all that is to be said is said");
}

#[test]
fn the_report_says_of_each_server_why_the_rate_was_raised_no_further() {
    let mut readings = Readings::default();
    assert_eq!(ceilings(&readings), "", "it was not raised");
    for (most, reason) in [(135.0, "3 deliveries were missing"), (202.5, "the server's core was full (98 %)")] {
        readings.add_ceiling(System::Floor, Ceiling { most, reason: reason.to_owned() });
    }
    readings.add_ceiling(System::Ours, Ceiling { most: 683.4, reason: "the 99th percentile was 1200 ms".to_owned() });
    let table = ceilings(&readings);
    let floor = "| floor | 135: 3 deliveries were missing; 202: the server's core was full (98 %) |\n";
    assert!(table.contains(floor), "{table}");
    assert!(table.contains("| **Service Manager** | 683: the 99th percentile was 1200 ms |\n"), "{table}");
    assert_eq!(table.lines().filter(|line| line.starts_with("| ")).count(), 3, "{table}");
    assert_eq!(readings.summary(System::Floor, Measure::Most), Some((168.75, 135.0, 202.5)));
    readings.add(System::Floor, Measure::Most, 150.0);
    assert_eq!(readings.median(System::Floor, Measure::Most), Some(150.0));
}

#[test]
fn all_threads_of_the_generator_count_also_those_that_have_ended() {
    // The server and Redis are processes that do nothing: there are none of these numbers.
    let watch = Watch { server: 0, redis: 0 };
    let own_ns = || {
        let text = std::fs::read_to_string("/proc/thread-self/schedstat").expect("what Linux counts");
        text.split(' ').next().and_then(|first| first.parse::<u64>().ok()).expect("a number")
    };
    let then = watch.now();
    thread::scope(|threads| {
        for _ in 0..4 {
            threads.spawn(|| while own_ns() < 100_000_000 {});
        }
    });
    let span = watch.since(then);
    // Linux counts in steps of 10 ms.
    assert!(span.load * span.seconds > 0.35, "{span:?}");
}

#[test]
fn the_kernel_tells_when_a_message_came() {
    let server = FakeServer::start(HEAD);
    let mut fleet = server.reader();
    let until = Instant::now() + LONGEST;
    // It begins to note times a moment after the first socket asks for them.
    for number in 0.. {
        server.send(event(number));
        let came = |fleet: &Fleet| fleet.record.deliveries > u64::from(number);
        assert!(fleet.run_until(LONGEST, came).expect("a stream"));
        if fleet.record.reads > fleet.record.without_kernel_time {
            break;
        }
        assert!(Instant::now() < until, "no time came with any message");
    }
}

#[test]
fn a_delay_counts_from_the_moment_at_which_the_message_was_due() {
    let server = FakeServer::start(HEAD);
    let mut fleet = server.reader();
    let due = now() - 300_000_000;
    server.send(chunk(&format!("data: {}\n\n", Stamp { publisher: 0, number: 0, due }.message())));
    assert!(fleet.run_until(LONGEST, |fleet| fleet.record.deliveries == 1).expect("a stream"));
    let delay = fleet.record.delays.quantile(0.5);
    assert!((300_000..LONGEST.as_micros() as u64).contains(&delay), "{delay} µs");
}

#[test]
fn the_publisher_keeps_to_its_timetable_even_if_nobody_takes_anything() {
    let door = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let publisher = Publisher::new(Door::Redis, door.local_addr().expect("an address").port());
    let (mut socket, _) = door.accept().expect("the publisher");
    let every = Duration::from_millis(2);
    let publisher = publisher.start(Timetable { every, burst: 3, times: 20 }).join().expect("the publisher");
    assert_eq!((publisher.published(), publisher.next), (60, [15; PUBLISHERS]));
    drop(publisher);
    let mut text = Vec::new();
    socket.read_to_end(&mut text).expect("what was published");
    let stamps: Vec<Stamp> = stamps(&text).collect();
    assert_eq!(stamps.len(), 60);
    for (place, stamp) in stamps.iter().enumerate() {
        assert_eq!(stamp.due - stamps[0].due, (place / 3) as u64 * every.as_nanos() as u64);
        assert_eq!((stamp.publisher, stamp.number as usize), (place % PUBLISHERS, place / PUBLISHERS));
    }
}

#[test]
fn an_answer_that_is_no_stream_is_told() {
    let server = FakeServer::start("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n");
    let mut fleet = Fleet::new(server.address, vec!["GET / HTTP/1.1\r\n".to_owned()]);
    let NoStream(reason) = fleet.connect(1, LONGEST).expect_err("nobody is signed in");
    assert!(reason.contains("401"), "{reason}");
}

#[test]
fn readers_of_this_program_are_signed_in_as_it_signs_people_in() {
    let program = env!("CARGO_BIN_EXE_service-manager").to_owned();
    let programs = Programs { ours: program, nchan: String::new(), node: String::new() };
    let running = System::Ours.start(&programs, 4);
    running.fleet().connect(4, LONGEST).expect("streams of two users");
}

#[test]
fn a_reader_comes_back_when_its_connection_ends() {
    let server = FakeServer::start(HEAD);
    let mut fleet = server.reader();
    fleet.let_return(Duration::from_millis(1));
    server.send(event(0));
    server.hang_up();
    assert!(fleet.run_until(LONGEST, |fleet| fleet.ended == 1).expect("it may come back"));
    assert_eq!(fleet.open(), 0);
    server.send(event(1));
    assert!(fleet.run_until(LONGEST, |fleet| fleet.open() == 1).expect("a stream"));
    assert_eq!((fleet.record.deliveries, counts(&fleet.record)), (2, [0, 0, 0]), "it knows what it had");
}

#[test]
fn chunks_and_events_may_be_cut_anywhere() {
    let payload = "id: e.1-0\ndata: {\"a\":1}\n\ndata: {}\n\n";
    let encoded = format!("{}{}0\r\n\r\n", chunk(&payload[..20]), chunk(&payload[20..]));
    for cut in 0..encoded.len() {
        let (mut chunked, mut out) = (Chunked::default(), Vec::new());
        for piece in [&encoded[..cut], &encoded[cut..]] {
            chunked.feed(piece.as_bytes(), |data| out.extend_from_slice(data)).expect("chunks");
        }
        assert_eq!((String::from_utf8_lossy(&out), chunked), (payload.into(), Chunked::Done), "cut at {cut}");
    }
    assert_eq!(Chunked::default().feed(b"xyz\r\n", |_| {}), Err(Broken));
    let server = FakeServer::start(HEAD);
    let mut fleet = server.reader();
    let both = event(0) + &event(1);
    let (one, other) = both.split_at(both.len() / 3);
    server.send(one);
    server.send(other);
    assert!(fleet.run_until(LONGEST, |fleet| fleet.record.deliveries == 2).expect("a stream"));
    assert_eq!(counts(&fleet.record), [0, 0, 0]);
}

#[test]
fn quantiles_are_right_to_within_two_percent() {
    let mut histogram = Histogram::default();
    (1..=100_000).for_each(|value| histogram.add(value));
    for (share, right) in [(0.5, 50_000.0), (0.99, 99_000.0), (1.0, 100_000.0), (0.000_1, 10.0)] {
        let found = histogram.quantile(share) as f64;
        assert!((right..=right * 1.02).contains(&found), "{share}: {found}");
    }
    assert_eq!(Histogram::default().quantile(0.5), 0);
}
