//! The ear of one connection: gives every message its position, and keeps what is to be offered.
//!
//! It hears while the connection is read, so it only counts and puts aside; what a message says is looked at later, and
//! only of those that are offered.

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use redis::{PushInfo, PushKind};
use tokio::sync::Notify;

use crate::server::event_log::Position;
use crate::server::hub::Hub;
use crate::server::inbox::complaints::cut;
use crate::server::inbox::door;
use crate::server::inbox::pending::{MOST_BYTES, Message, OVERHEAD, Pending};
use crate::server::metrics::Metrics;
use crate::server::redis::hearing::{Deaf, Pulse, parts};
use crate::server::redis::keys;

/// How many bytes of a channel's name are kept; a good one has fewer.
const CHANNEL: usize = 128;

/// What may be heard before our own first tick is known, in messages, and no more bytes of them than may wait later; then it is all
/// put aside for the next tick.
const MOST_EARLY: usize = 8_192;

/// Hears one connection.
pub struct Ear {
    heard: Mutex<Heard>,
    /// Rung when there is something to offer.
    bell: Notify,
    pulse: Pulse,
    metrics: Metrics,
}

struct Heard {
    stage: Stage,
    /// Which services there are.
    hub: Hub,
    pending: Pending,
}

enum Stage {
    /// Our own first tick is not known yet.
    Early(Early),
    /// Messages have a position once a tick was heard that is at least this one.
    Counting { position: Option<Position>, least_tick: u64 },
}

/// What was heard too early to be counted.
#[derive(Default)]
struct Early {
    sounds: Vec<Sound>,
    bytes: usize,
}

/// What counts of all that comes on the connection.
enum Sound {
    Tick(u64),
    Message { channel: String, payload: Vec<u8>, length: usize },
}

impl Ear {
    /// Nothing was heard yet. The hub knows which services there are.
    pub fn new(metrics: Metrics, hub: Hub) -> Self {
        let stage = Stage::Early(Early::default());
        let heard = Heard { stage, hub, pending: Pending::default() };
        Self { heard: Mutex::new(heard), bell: Notify::new(), pulse: Pulse::new(), metrics }
    }

    /// Hears what comes, in its order.
    pub fn hear(&self, push: PushInfo) {
        self.pulse.note(&push);
        let Some(sound) = sound(push) else { return };
        let overtaken = self.lock().take(sound);
        if overtaken > 0 {
            self.metrics.inbox_overtaken(overtaken);
        }
        self.bell.notify_one();
    }

    /// Says which tick was our own first one. What was heard before it has no position and is left to other inboxes.
    pub fn begin(&self, own_tick: u64) {
        let mut heard = self.lock();
        let stage = Stage::Counting { position: None, least_tick: own_tick };
        let Stage::Early(early) = std::mem::replace(&mut heard.stage, stage) else { return };
        let overtaken = early.sounds.into_iter().map(|sound| heard.take(sound)).sum();
        drop(heard);
        self.metrics.inbox_overtaken(overtaken);
        self.bell.notify_one();
    }

    /// The next messages to offer, oldest first; waits while there are none.
    pub async fn next_batch(&self) -> Vec<Message> {
        loop {
            let batch = self.lock().pending.take_batch();
            if !batch.is_empty() {
                return batch;
            }
            self.bell.notified().await;
        }
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
    /// Gives how many messages were passed over for it.
    fn take(&mut self, sound: Sound) -> u64 {
        let (position, least_tick) = match &mut self.stage {
            Stage::Early(early) => {
                early.keep(sound);
                return 0;
            }
            Stage::Counting { position, least_tick } => (position, least_tick),
        };
        match sound {
            // Ours only ever grow; a number that does not is somebody else's and counts for nothing.
            Sound::Tick(tick) if tick >= *least_tick => {
                *position = Some(Position { tick, count: 0 });
                *least_tick = tick.saturating_add(1);
                0
            }
            Sound::Tick(_) => 0,
            Sound::Message { channel, payload, length } => {
                let Some(position) = position else { return 0 };
                position.count += 1;
                if door::is_other(&channel) {
                    return 0;
                }
                let message = Message { position: *position, channel, payload, length };
                self.pending.push(message, || known_channels(&self.hub))
            }
        }
    }
}

impl Early {
    fn keep(&mut self, sound: Sound) {
        self.bytes += sound.bytes();
        if self.sounds.len() == MOST_EARLY || self.bytes > MOST_BYTES {
            *self = Self { bytes: sound.bytes(), ..Self::default() };
        }
        self.sounds.push(sound);
    }
}

impl Sound {
    fn bytes(&self) -> usize {
        match self {
            Self::Tick(_) => OVERHEAD,
            Self::Message { channel, payload, .. } => channel.len() + payload.len() + OVERHEAD,
        }
    }
}

/// On which channels services that are known publish.
fn known_channels(hub: &Hub) -> HashSet<String> {
    hub.services().into_iter().map(keys::status_channel).collect()
}

/// What a message of a subscription is to us.
fn sound(push: PushInfo) -> Option<Sound> {
    let kind = push.kind.clone();
    let mut parts = parts(push);
    match kind {
        PushKind::Message => {
            let (channel, payload) = (parts.next()?, parts.next()?);
            let is_tick = channel == keys::TICK_CHANNEL.as_bytes();
            std::str::from_utf8(&payload).ok().filter(|_| is_tick)?.parse().ok().map(Sound::Tick)
        }
        PushKind::PMessage => {
            let (_, channel, payload) = (parts.next()?, parts.next()?, parts.next()?);
            let channel = String::from_utf8_lossy(&channel[..channel.len().min(CHANNEL)]).into_owned();
            let (payload, length) = cut(payload);
            Some(Sound::Message { channel, payload, length })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use redis::Value;

    use super::*;
    use crate::server::inbox::complaints::SAMPLE;

    fn ear() -> Ear {
        let metrics = Metrics::new().expect("metrics");
        Ear::new(metrics.clone(), Hub::new(metrics))
    }

    fn say(ear: &Ear, kind: PushKind, parts: &[&[u8]]) {
        ear.hear(PushInfo { kind, data: parts.iter().map(|part| Value::BulkString(part.to_vec())).collect() });
    }

    fn tick(ear: &Ear, number: &str) {
        say(ear, PushKind::Message, &[keys::TICK_CHANNEL.as_bytes(), number.as_bytes()]);
    }

    fn message(ear: &Ear, channel: &str, payload: &str) {
        say(ear, PushKind::PMessage, &[b"service:*", channel.as_bytes(), payload.as_bytes()]);
    }

    fn places(ear: &Ear) -> Vec<(String, u64, u64)> {
        let batch = ear.lock().pending.take_batch();
        batch
            .into_iter()
            .map(|message| {
                let payload = String::from_utf8(message.payload).expect("text");
                (payload, message.position.tick, message.position.count)
            })
            .collect()
    }

    #[test]
    fn a_message_has_the_last_tick_and_its_number_since_whenever_our_own_tick_gets_known() {
        let (early, late) = (ear(), ear());
        early.begin(7);
        for ear in [&early, &late] {
            message(ear, "service:a", "before any tick");
            tick(ear, "6");
            message(ear, "service:a", "before our own");
            tick(ear, "7");
            message(ear, "service:a", "first");
            message(ear, "service:logs", "counted and passed over");
            message(ear, "service:b", "third");
            for forged in ["7", "5", "nonsense", "-1"] {
                tick(ear, forged);
            }
            message(ear, "service:a", "fourth");
            tick(ear, "8");
            message(ear, "service:a", "next");
        }
        late.begin(7);
        let expected = [("first", 7, 1), ("third", 7, 3), ("fourth", 7, 4), ("next", 8, 1)];
        let expected = expected.map(|(payload, tick, count)| (payload.to_owned(), tick, count));
        assert_eq!(places(&early), expected);
        assert_eq!(places(&late), expected);
    }

    #[test]
    fn what_is_too_long_is_not_kept() {
        let ear = ear();
        ear.begin(1);
        tick(&ear, "1");
        message(&ear, &format!("service:{}", "a".repeat(10_000)), &"x".repeat(1024 * 1024));
        let kept = ear.lock().pending.take_batch().remove(0);
        assert_eq!((kept.channel.len(), kept.payload.len(), kept.length), (CHANNEL, SAMPLE, 1024 * 1024));
    }

    #[test]
    fn what_is_heard_early_has_an_end_in_bytes_too() {
        let ear = ear();
        let length = 60_000;
        for _ in 0..1_000 {
            message(&ear, "service:a", &"x".repeat(length));
            let heard = ear.lock();
            let Stage::Early(early) = &heard.stage else { panic!("nobody said which tick is ours") };
            let kept: usize = early.sounds.iter().map(Sound::bytes).sum();
            assert!(kept <= MOST_BYTES && kept == early.bytes && kept > length, "{kept}");
        }
    }

    #[tokio::test]
    async fn whoever_waits_gets_what_comes_and_is_told_of_a_lost_connection() {
        let ear = ear();
        ear.begin(1);
        let speak = async {
            tick(&ear, "1");
            message(&ear, "service:a", "hello");
            say(&ear, PushKind::Disconnection, &[]);
        };
        let (batch, end, ()) = tokio::join!(ear.next_batch(), ear.stops(), speak);
        assert_eq!((batch.len(), end), (1, Deaf::Ended));
    }
}
