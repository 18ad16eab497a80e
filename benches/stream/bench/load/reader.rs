//! One reader: what it has of the answer, of the event under way, and of each publisher's sequence.

use std::net::TcpStream;

use crate::bench::load::chunked::Chunked;
use crate::bench::load::message::{self, PUBLISHERS, Stamp};
use crate::bench::load::record::Record;
use crate::bench::load::sequence::Sequence;

/// How every message begins, as a service publishes it and as servers pass it on; full messages begin otherwise.
const INCREMENTAL: &[u8] = b"{\"service\":";

/// One reader.
pub struct Reader {
    /// Its connection, if it has one.
    pub socket: Option<TcpStream>,
    /// What it has seen of each publisher.
    pub sequences: [Sequence; PUBLISHERS],
    /// Whether it has had an event on this connection.
    pub open: bool,
    /// The id of its last event, which it names when it comes back.
    pub last_id: Vec<u8>,
    /// How long the server asked it to stay away, in ms, if it did.
    pub retry_in: Option<u64>,
    phase: Phase,
    /// The beginning of what is not whole yet.
    carry: Vec<u8>,
}

#[derive(Clone, Copy)]
enum Phase {
    Head,
    Plain,
    Chunked(Chunked),
}

/// The server answered with something else than a stream; the beginning of it.
#[derive(Debug)]
pub struct NoStream(pub String);

impl Reader {
    /// One that has no connection yet.
    pub fn new() -> Self {
        let sequences = [Sequence::default(); PUBLISHERS];
        let (last_id, carry) = (Vec::new(), Vec::new());
        Self { socket: None, sequences, open: false, last_id, retry_in: None, phase: Phase::Head, carry }
    }

    /// Begins anew on another connection; what it knows stays.
    pub fn connected(&mut self, socket: TcpStream) {
        self.socket = Some(socket);
        self.open = false;
        self.phase = Phase::Head;
        self.carry.clear();
    }

    /// Takes what was read, which arrived at this time in ns.
    pub fn take(&mut self, input: &[u8], at: u64, record: &mut Record) -> Result<(), NoStream> {
        let rest_of_head: Vec<u8>;
        let mut input = input;
        if matches!(self.phase, Phase::Head) {
            self.carry.extend_from_slice(input);
            let Some(end) = message::find(&self.carry, b"\r\n\r\n") else { return Ok(()) };
            let text = String::from_utf8_lossy(&self.carry[..end]).to_lowercase();
            if !text.starts_with("http/1.1 200") {
                return Err(NoStream(text.lines().next().unwrap_or_default().to_owned()));
            }
            let is_chunked = text.contains("transfer-encoding: chunked");
            self.phase = if is_chunked { Phase::Chunked(Chunked::default()) } else { Phase::Plain };
            rest_of_head = self.carry.split_off(end + 4);
            self.carry.clear();
            input = &rest_of_head;
        }
        match self.phase {
            Phase::Chunked(mut chunked) => {
                let fed = chunked.feed(input, |payload| self.payload(payload, at, record));
                self.phase = Phase::Chunked(chunked);
                fed.map_err(|_| NoStream("no chunks".to_owned()))
            }
            Phase::Head | Phase::Plain => {
                self.payload(input, at, record);
                Ok(())
            }
        }
    }

    fn payload(&mut self, payload: &[u8], at: u64, record: &mut Record) {
        if self.carry.is_empty() {
            let whole = self.events(payload, at, record);
            self.carry.extend_from_slice(&payload[whole..]);
        } else {
            let mut carry = std::mem::take(&mut self.carry);
            carry.extend_from_slice(payload);
            let whole = self.events(&carry, at, record);
            carry.drain(..whole);
            self.carry = carry;
        }
        if self.carry.is_empty() {
            // Ten thousand readers that each kept the room of their first message would be another program.
            self.carry = Vec::new();
        }
    }

    /// Takes all events that end in `text`; how long they are.
    fn events(&mut self, text: &[u8], at: u64, record: &mut Record) -> usize {
        let (mut begin, mut from) = (0, 0);
        while let Some(end) = text[from..].iter().position(|byte| *byte == b'\n').map(|end| from + end) {
            if text.get(end + 1) == Some(&b'\n') {
                self.event(&text[begin..=end], at, record);
                begin = end + 2;
                from = begin;
            } else {
                from = end + 1;
            }
        }
        begin
    }

    fn event(&mut self, event: &[u8], at: u64, record: &mut Record) {
        for line in event.split(|byte| *byte == b'\n') {
            if let Some(id) = line.strip_prefix(b"id: ") {
                self.last_id.clear();
                self.last_id.extend_from_slice(id);
            } else if let Some(data) = line.strip_prefix(b"data: ") {
                self.open = true;
                self.data(data, at, record);
            }
        }
    }

    fn data(&mut self, data: &[u8], at: u64, record: &mut Record) {
        if data.starts_with(INCREMENTAL) {
            let Some(stamp) = message::stamps(data).next() else { return };
            self.stamp(stamp, at, record);
        } else if let Some(rest) = data.strip_prefix(b"{\"retryIn\":") {
            let digits = rest.iter().take_while(|byte| byte.is_ascii_digit());
            self.retry_in = Some(digits.fold(0, |sum, digit| sum * 10 + u64::from(digit - b'0')));
        } else {
            for stamp in message::stamps(data) {
                if !self.sequences[stamp.publisher].jump(stamp.number) {
                    record.backwards += 1;
                }
            }
        }
    }

    fn stamp(&mut self, stamp: Stamp, at: u64, record: &mut Record) {
        let verdict = self.sequences[stamp.publisher].take(stamp.number);
        record.take(verdict, at.saturating_sub(stamp.due) / 1_000);
    }
}
