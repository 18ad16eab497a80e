//! The publisher: it keeps to its timetable, whatever becomes of what it published before.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::bench::load::fleet::is_nothing_yet;
use crate::bench::load::message::{self, PUBLISHERS, Stamp};

/// How messages get to the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// `PUBLISH` on the service's channel.
    Redis,
    /// `POST` to the server itself.
    Post,
}

/// When to publish how much.
#[derive(Clone, Copy, Debug)]
pub struct Timetable {
    /// From one time to the next.
    pub every: Duration,
    /// How many messages each time, in one piece.
    pub burst: usize,
    /// How many times.
    pub times: usize,
}

/// Publishes messages, numbered per service from 0.
pub struct Publisher {
    door: Door,
    connection: TcpStream,
    /// The number of each service's next message.
    pub next: [u32; PUBLISHERS],
    turn: usize,
    scratch: Vec<u8>,
}

impl Publisher {
    /// One that publishes there.
    pub fn new(door: Door, port: u16) -> Self {
        let connection = TcpStream::connect(("127.0.0.1", port)).expect("the publisher's way");
        connection.set_nodelay(true).expect("no delay");
        Self { door, connection, next: [0; PUBLISHERS], turn: 0, scratch: vec![0; 64 * 1024] }
    }

    /// How many messages there were.
    pub fn published(&self) -> u64 {
        self.next.iter().map(|next| u64::from(*next)).sum()
    }

    /// Publishes by the timetable in a thread of its own, which gives the publisher back.
    pub fn start(mut self, timetable: Timetable) -> JoinHandle<Self> {
        thread::spawn(move || {
            let first = message::now() + 50_000_000;
            for time in 0..timetable.times as u64 {
                let due = first + time * timetable.every.as_nanos() as u64;
                thread::sleep(Duration::from_nanos(due.saturating_sub(message::now())));
                self.publish(due, timetable.burst);
            }
            self
        })
    }

    /// Publishes so many messages at once that were due then.
    pub fn publish(&mut self, due: u64, count: usize) {
        let mut batch = Vec::with_capacity(count * 400);
        for _ in 0..count {
            let publisher = self.turn % PUBLISHERS;
            self.turn += 1;
            let stamp = Stamp { publisher, number: self.next[publisher], due };
            self.next[publisher] += 1;
            self.door.pack(stamp, &mut batch);
        }
        self.connection.write_all(&batch).expect("the publisher's way");
        self.forget_answers();
    }

    /// Publishes a text to a server that takes messages itself.
    pub fn say(&mut self, text: &str) {
        self.connection.write_all(posted(text).as_bytes()).expect("the publisher's way");
        // It is out once it was answered.
        let length = self.connection.read(&mut self.scratch).expect("an answer");
        assert!(length > 0, "an answer");
    }

    /// Answers only have to be taken off the connection.
    fn forget_answers(&mut self) {
        self.connection.set_nonblocking(true).expect("a socket");
        loop {
            match self.connection.read(&mut self.scratch) {
                Ok(0) => panic!("nobody takes what is published"),
                Ok(_) => {}
                Err(error) if is_nothing_yet(&error) => break,
                Err(error) => panic!("the publisher's way: {error}"),
            }
        }
        self.connection.set_nonblocking(false).expect("a socket");
    }
}

impl Door {
    fn pack(self, stamp: Stamp, batch: &mut Vec<u8>) {
        let message = stamp.message();
        let length = message.len();
        let packed = match self {
            Self::Redis => {
                let channel = format!("service:{}", stamp.service());
                format!("*3\r\n$7\r\nPUBLISH\r\n${}\r\n{channel}\r\n${length}\r\n{message}\r\n", channel.len())
            }
            Self::Post => posted(&message),
        };
        batch.extend_from_slice(packed.as_bytes());
    }
}

fn posted(text: &str) -> String {
    format!("POST /publish HTTP/1.1\r\nHost: bench\r\nContent-Length: {}\r\n\r\n{text}", text.len())
}
