//! The messages that are published, and how they are known again in whatever a server makes of them.

use std::time::{SystemTime, UNIX_EPOCH};

/// How many services publish. Each counts its own messages.
pub const PUBLISHERS: usize = 4;

/// How long a message is, in bytes.
const LENGTH: usize = 256;

/// What a message says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// Which service published it, from 0.
    pub publisher: usize,
    /// The how manieth it is of that service, from 0.
    pub number: u32,
    /// When it was to be published, in ns since the Unix epoch.
    pub due: u64,
}

/// This machine's time, in ns since the Unix epoch: the clock that the kernel's receive times go by.
pub fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos() as u64)
}

impl Stamp {
    /// The name of the service that publishes it.
    pub fn service(self) -> String {
        format!("bench-{}", self.publisher)
    }

    /// The message as a service publishes it.
    pub fn message(self) -> String {
        let Self { publisher, number, due } = self;
        let service = self.service();
        let ms = due / 1_000_000;
        let mut text = format!(
            r#"{{"service":"{service}","timestamp":{ms},"status":{{"p":{publisher},"n":{number},"due":{due},"state":"running","pad":""#
        );
        const END: &str = "\"}}";
        text.extend(std::iter::repeat_n('x', LENGTH.saturating_sub(text.len() + END.len())));
        text + END
    }
}

/// All stamps in a text, in their order: one in a message, one or several of each service in a full message.
pub fn stamps(text: &[u8]) -> impl Iterator<Item = Stamp> {
    let mut rest = text;
    std::iter::from_fn(move || {
        loop {
            rest = &rest[find(rest, b"\"p\":")? + 4..];
            if let Some(stamp) = read(&mut rest) {
                return Some(stamp);
            }
        }
    })
}

fn read(rest: &mut &[u8]) -> Option<Stamp> {
    let publisher = number(rest)? as usize;
    *rest = rest.strip_prefix(b",\"n\":")?;
    let place = number(rest)? as u32;
    *rest = rest.strip_prefix(b",\"due\":")?;
    let due = number(rest)?;
    (publisher < PUBLISHERS).then_some(Stamp { publisher, number: place, due })
}

fn number(rest: &mut &[u8]) -> Option<u64> {
    let length = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, after) = rest.split_at(length);
    *rest = after;
    (length > 0)
        .then(|| digits.iter().fold(0_u64, |sum, digit| sum.wrapping_mul(10).wrapping_add(u64::from(digit - b'0'))))
}

/// Where `wanted` begins. Both are short, so nothing cleverer is worth it.
pub fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    let first = *wanted.first()?;
    let mut from = 0;
    while let Some(at) = text.get(from..)?.iter().position(|byte| *byte == first) {
        if text[from + at..].starts_with(wanted) {
            return Some(from + at);
        }
        from += at + 1;
    }
    None
}
