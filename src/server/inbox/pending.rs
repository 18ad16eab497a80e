//! What was heard and waits to be offered: bounded in number and bytes, whatever comes.
//!
//! When more comes than Redis takes in, the newest message of each channel stays, for that is what pages will show; the
//! older ones of a service are passed over, and how many is counted. Their positions are never offered, so nothing that is
//! taken in comes out of order. An answer to a command is not overtaken by another one.

use std::collections::{HashSet, VecDeque};

use crate::server::event_log::Position;
use crate::server::redis::keys;

/// More messages than this do not wait.
const MOST: usize = 8_192;

/// Nor more bytes, roughly.
const MOST_BYTES: usize = 8 * 1024 * 1024;

/// How many messages are offered at once, and how many bytes of them: Redis serves nobody else meanwhile.
const BATCH: usize = 256;
const BATCH_BYTES: usize = 256 * 1024;

/// What a message takes beside its text.
const OVERHEAD: usize = 128;

/// A message as it was heard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Its place.
    pub position: Position,
    /// Where it was heard, or the beginning of a name that is too long.
    pub channel: String,
    /// What it said, or the beginning if it was too long.
    pub payload: Vec<u8>,
    /// How long it was, in bytes.
    pub length: usize,
}

impl Message {
    fn bytes(&self) -> usize {
        self.channel.len() + self.payload.len() + OVERHEAD
    }
}

/// Messages in the order in which they were heard.
#[derive(Default)]
pub struct Pending {
    messages: VecDeque<Message>,
    bytes: usize,
}

impl Pending {
    /// Adds the newest one. Gives how many were passed over to make room.
    pub fn push(&mut self, message: Message) -> u64 {
        self.bytes += message.bytes();
        self.messages.push_back(message);
        if self.messages.len() <= MOST && self.bytes <= MOST_BYTES { 0 } else { self.make_room() }
    }

    /// Takes the next ones to offer, at least one if there is any.
    pub fn take_batch(&mut self) -> Vec<Message> {
        let (mut batch, mut bytes) = (Vec::new(), 0);
        while batch.len() < BATCH
            && let Some(message) = self.messages.pop_front_if(|next| bytes == 0 || bytes + next.bytes() <= BATCH_BYTES)
        {
            bytes += message.bytes();
            batch.push(message);
        }
        self.bytes -= bytes;
        batch
    }

    /// Leaves at most half of what may wait, so that this is not done again for the next message.
    fn make_room(&mut self) -> u64 {
        let before = self.messages.len();
        let mut told = HashSet::new();
        let newest_first = std::mem::take(&mut self.messages).into_iter().rev();
        self.bytes = 0;
        for message in newest_first {
            let is_overtaken = message.channel != keys::OUTCOMES_CHANNEL && told.contains(&message.channel);
            let has_room = self.messages.len() < MOST / 2 && self.bytes + message.bytes() <= MOST_BYTES / 2;
            if !is_overtaken && has_room {
                told.insert(message.channel.clone());
                self.bytes += message.bytes();
                self.messages.push_front(message);
            }
        }
        (before - self.messages.len()) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(channel: &str, count: u64, length: usize) -> Message {
        let position = Position { tick: 1, count };
        Message { position, channel: channel.to_owned(), payload: vec![b'x'; length], length }
    }

    fn counts(messages: &[Message]) -> Vec<u64> {
        messages.iter().map(|message| message.position.count).collect()
    }

    fn all_of(pending: &mut Pending) -> Vec<Message> {
        std::iter::from_fn(|| Some(pending.take_batch()).filter(|batch| !batch.is_empty())).flatten().collect()
    }

    #[test]
    fn messages_wait_in_order_and_are_taken_in_batches() {
        let mut pending = Pending::default();
        for count in 1..=300 {
            assert_eq!(pending.push(message("service:a", count, 10)), 0);
        }
        assert_eq!(counts(&pending.take_batch()), (1..=256).collect::<Vec<_>>());
        assert_eq!(counts(&pending.take_batch()), (257..=300).collect::<Vec<_>>());
        assert!(pending.take_batch().is_empty());
        assert_eq!(pending.bytes, 0);
    }

    #[test]
    fn a_batch_has_a_size_and_one_message_at_least() {
        let mut pending = Pending::default();
        for count in 1..=10 {
            pending.push(message("service:a", count, 60_000));
        }
        assert_eq!(counts(&pending.take_batch()), [1, 2, 3, 4]);
        pending.push(message("service:a", 11, BATCH_BYTES * 2));
        assert_eq!(counts(&all_of(&mut pending)), (5..=11).collect::<Vec<_>>());
    }

    #[test]
    fn of_too_many_the_newest_of_each_channel_and_every_answer_to_a_command_stay_in_order() {
        let mut pending = Pending::default();
        let channels = ["service:a", "service:b", keys::OUTCOMES_CHANNEL];
        let of_a_service = |count: u64| if count == 9 { channels[2] } else { channels[(count % 2) as usize] };
        let most = MOST as u64;
        let passed_over: u64 = (1..=most).map(|count| pending.push(message(of_a_service(count), count, 10))).sum();
        assert_eq!(passed_over, 0);
        pending.push(message(keys::OUTCOMES_CHANNEL, most + 1, 10));
        assert_eq!(counts(&all_of(&mut pending)), [9, most - 1, most, most + 1]);
        assert_eq!(pending.bytes, 0);
    }

    #[test]
    fn too_many_channels_or_bytes_do_not_wait_either() {
        let mut pending = Pending::default();
        let passed_over: u64 =
            (0..100_000).map(|count| pending.push(message(&format!("service:s-{count}"), count, 10))).sum();
        let left = counts(&all_of(&mut pending));
        assert!(left.len() <= MOST && left.last() == Some(&99_999));
        assert_eq!(passed_over + left.len() as u64, 100_000, "each is counted");

        for count in 0..1_000 {
            pending.push(message(&format!("service:s-{count}"), count, 60_000));
            assert!(pending.bytes <= MOST_BYTES);
        }
    }
}
