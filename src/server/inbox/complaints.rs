//! What is said and kept of refused messages.

use std::time::{Duration, Instant};

use crate::server::inbox::door::MAX_MESSAGE;

/// How many bytes of a refused message are kept.
pub const SAMPLE: usize = 512;

/// At most so many lines of the log are about refused messages, within this time.
const MOST_COMPLAINTS: u32 = 10;
const COMPLAINTS_WITHIN: Duration = Duration::from_secs(1);

/// The beginning of a refused message, as text.
pub fn sample(payload: &[u8]) -> String {
    String::from_utf8_lossy(&payload[..payload.len().min(SAMPLE)]).into_owned()
}

/// What is kept of a message until it is looked at: all of it, or the beginning of one that is too long and will be refused;
/// and how long it was, in bytes.
pub fn cut(mut payload: Vec<u8>) -> (Vec<u8>, usize) {
    let length = payload.len();
    if length > MAX_MESSAGE {
        payload = payload[..SAMPLE].to_vec();
    }
    (payload, length)
}

/// Says in the log what is refused, but not all of it when it is much.
#[derive(Default)]
pub struct Complaints {
    since: Option<Instant>,
    /// How many were told since then.
    told: u32,
    /// How many were not told since one was.
    untold: u64,
}

impl Complaints {
    /// Says that a message of that channel is refused, and why.
    pub fn complain(&mut self, channel: &str, error: &str) {
        if self.since.is_none_or(|since| since.elapsed() >= COMPLAINTS_WITHIN) {
            (self.since, self.told) = (Some(Instant::now()), 0);
        }
        if self.told == MOST_COMPLAINTS {
            self.untold += 1;
            return;
        }
        self.told += 1;
        tracing::warn!(channel, error, untold = std::mem::take(&mut self.untold), "a published message is refused");
    }
}
