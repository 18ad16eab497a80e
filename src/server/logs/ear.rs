//! The ear for lines: keeps, of one connection, what is to be written down.
//!
//! It hears while the connection is read, so it only counts and puts aside. Nothing is put aside before this instance is
//! the keeper, which the ear hears on the same connection: see [`keeper`](crate::server::logs::keeper).

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use redis::{PushInfo, PushKind};
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::server::inbox::complaints::cut;
use crate::server::redis::hearing::{Deaf, Pulse, parts};
use crate::server::redis::keys;

/// How many lines are kept of what comes within [`WINDOW`]; the rest is counted.
pub const MOST_PER_SECOND: u32 = 5_000;
const WINDOW: Duration = Duration::from_secs(1);

/// More lines than this do not wait for Redis to take them.
const MOST: usize = 10_000;

/// Nor more bytes, roughly.
const MOST_BYTES: usize = 4 * 1024 * 1024;

/// How many lines are written down at once, and how many bytes of them: Redis serves nobody else meanwhile.
const BATCH: usize = 256;
const BATCH_BYTES: usize = 256 * 1024;

/// What waits to be written down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Waiting {
    /// What was published, or the beginning if it was too long; and how long it was, in bytes.
    Line(Vec<u8>, usize),
    /// So many lines that came here were too many.
    Dropped(u64),
}

/// Hears one connection.
pub struct Ear {
    token: String,
    heard: Mutex<Heard>,
    /// Rung when there is something to write down.
    bell: Notify,
    /// Rung when somebody gives the keeping up.
    free: Notify,
    pulse: Pulse,
}

struct Heard {
    is_keeping: bool,
    waiting: VecDeque<Waiting>,
    bytes: usize,
    /// When the window began, and how many lines were put aside in it.
    window: (Instant, u32),
}

impl Ear {
    /// Nothing was heard yet. `token` is what makes this connection's instance the keeper.
    pub fn new(token: String) -> Self {
        let (waiting, window) = (VecDeque::new(), (Instant::now(), 0));
        let heard = Heard { is_keeping: false, waiting, bytes: 0, window };
        let (bell, free, pulse) = Default::default();
        Self { token, heard: Mutex::new(heard), bell, free, pulse }
    }

    /// Hears what comes, in its order.
    pub fn hear(&self, push: PushInfo) {
        self.pulse.note(&push);
        if push.kind != PushKind::Message {
            return;
        }
        let mut parts = parts(push);
        let (Some(channel), Some(payload)) = (parts.next(), parts.next()) else { return };
        let mut heard = self.lock();
        if channel == keys::LOGS_CHANNEL.as_bytes() {
            if heard.is_keeping {
                heard.take(payload);
                self.bell.notify_one();
            }
        } else if channel == keys::LOG_KEEPER.as_bytes() {
            heard.is_keeping |= payload == self.token.as_bytes();
            self.free.notify_one();
        }
    }

    /// What makes this connection's instance the keeper.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// The next lines to write down, oldest first; waits while there are none. Dropping the future loses nothing.
    pub async fn next_batch(&self) -> Vec<Waiting> {
        loop {
            let batch = self.take_batch();
            if !batch.is_empty() {
                return batch;
            }
            self.bell.notified().await;
        }
    }

    /// The same without waiting.
    pub fn take_batch(&self) -> Vec<Waiting> {
        self.lock().take_batch()
    }

    /// Waits until somebody may have given the keeping up.
    pub async fn is_free(&self) {
        self.free.notified().await;
    }

    /// Waits until the connection is to be given up.
    pub async fn stops(&self) -> Deaf {
        self.pulse.stops().await
    }

    /// Nothing that holds the lock can panic half-way through a change, so a poisoned one is as good as any.
    fn lock(&self) -> MutexGuard<'_, Heard> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Heard {
    fn take(&mut self, payload: Vec<u8>) {
        if self.window.0.elapsed() >= WINDOW {
            self.window = (Instant::now(), 0);
        }
        let (payload, length) = cut(payload);
        let is_full = self.waiting.len() >= MOST || self.bytes + payload.len() > MOST_BYTES;
        if is_full || self.window.1 == MOST_PER_SECOND {
            if let Some(Waiting::Dropped(n)) = self.waiting.back_mut() {
                *n += 1;
            } else {
                self.waiting.push_back(Waiting::Dropped(1));
            }
            return;
        }
        self.window.1 += 1;
        self.bytes += payload.len();
        self.waiting.push_back(Waiting::Line(payload, length));
    }

    fn take_batch(&mut self) -> Vec<Waiting> {
        let (mut batch, mut bytes) = (Vec::new(), 0);
        while batch.len() < BATCH && bytes < BATCH_BYTES {
            let Some(next) = self.waiting.pop_front() else { break };
            if let Waiting::Line(payload, _) = &next {
                bytes += payload.len();
            }
            batch.push(next);
        }
        self.bytes -= bytes;
        batch
    }
}

#[cfg(test)]
mod tests {
    use redis::Value;

    use super::*;
    use crate::server::inbox::complaints::SAMPLE;
    use crate::server::inbox::door::MAX_MESSAGE;

    fn say(ear: &Ear, channel: &str, payload: &[u8]) {
        let data = [channel.as_bytes(), payload].map(|part| Value::BulkString(part.to_vec())).to_vec();
        ear.hear(PushInfo { kind: PushKind::Message, data });
    }

    fn keeping() -> Ear {
        let ear = Ear::new("me".to_owned());
        say(&ear, keys::LOG_KEEPER, b"me");
        ear
    }

    fn all(ear: &Ear) -> Vec<Waiting> {
        std::iter::from_fn(|| Some(ear.take_batch()).filter(|batch| !batch.is_empty())).flatten().collect()
    }

    #[test]
    fn only_what_is_heard_after_becoming_the_keeper_is_put_aside() {
        let ear = Ear::new("me".to_owned());
        say(&ear, keys::LOGS_CHANNEL, b"before");
        say(&ear, keys::LOG_KEEPER, b"another");
        say(&ear, keys::LOGS_CHANNEL, b"another one's");
        say(&ear, keys::LOG_KEEPER, b"me");
        say(&ear, keys::LOGS_CHANNEL, b"mine");
        assert_eq!(all(&ear), [Waiting::Line(b"mine".to_vec(), 4)]);
    }

    #[tokio::test(start_paused = true)]
    async fn of_a_flood_so_many_lines_a_second_stay_and_the_rest_is_counted_in_its_place() {
        let ear = keeping();
        for _ in 0..2 {
            for _ in 0..MOST_PER_SECOND + 7 {
                say(&ear, keys::LOGS_CHANNEL, b"line");
            }
            let heard = all(&ear);
            assert_eq!(heard.len(), MOST_PER_SECOND as usize + 1);
            assert_eq!(heard.last(), Some(&Waiting::Dropped(7)));
            tokio::time::advance(WINDOW).await;
        }
        say(&ear, keys::LOGS_CHANNEL, b"after");
        assert_eq!(all(&ear), [Waiting::Line(b"after".to_vec(), 5)]);
    }

    #[tokio::test(start_paused = true)]
    async fn what_waits_is_bounded_in_number_and_in_bytes() {
        let ear = keeping();
        for _ in 0..3 {
            for _ in 0..MOST_PER_SECOND {
                say(&ear, keys::LOGS_CHANNEL, b"line");
            }
            tokio::time::advance(WINDOW).await;
        }
        assert_eq!(ear.lock().waiting.len(), MOST + 1);
        assert_eq!(all(&ear).last(), Some(&Waiting::Dropped(u64::from(MOST_PER_SECOND))));
        let long = vec![b'x'; MAX_MESSAGE];
        for _ in 0..200 {
            say(&ear, keys::LOGS_CHANNEL, &long);
        }
        assert!(ear.lock().bytes <= MOST_BYTES);
        let ear = keeping();
        say(&ear, keys::LOGS_CHANNEL, &vec![b'x'; 1024 * 1024]);
        assert_eq!(all(&ear), [Waiting::Line(vec![b'x'; SAMPLE], 1024 * 1024)], "what is too long is not kept");
    }
}
