//! What was heard and waits to be offered: bounded in number and bytes, whatever comes.
//!
//! When more comes than Redis takes in, the newest message of each channel stays, for that is what pages will show; the
//! older ones of a service are passed over, and how many is counted. Their positions are never offered, so nothing that is
//! taken in comes out of order. An answer to a command is not overtaken by another one.
//!
//! Where even that is too much, services that are known go before everything else: there is an end to how many they are, and
//! none to the ids that somebody may make up.

use std::collections::{HashSet, VecDeque};

use crate::server::event_log::Position;
use crate::server::redis::keys;

/// More messages than this do not wait.
const MOST: usize = 8_192;

/// Nor more bytes, roughly.
pub const MOST_BYTES: usize = 8 * 1024 * 1024;

/// How many messages are offered at once, and how many bytes of them: Redis serves nobody else meanwhile.
const BATCH: usize = 256;
const BATCH_BYTES: usize = 256 * 1024;

/// What a message takes beside its text.
pub const OVERHEAD: usize = 128;

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
    /// Adds the newest one. Gives how many were passed over to make room; then it asks for the channels of services that are
    /// known.
    pub fn push(&mut self, message: Message, known: impl FnOnce() -> HashSet<String>) -> u64 {
        self.bytes += message.bytes();
        self.messages.push_back(message);
        if self.messages.len() <= MOST && self.bytes <= MOST_BYTES { 0 } else { self.make_room(&known()) }
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
    fn make_room(&mut self, known: &HashSet<String>) -> u64 {
        let before = self.messages.len();
        let mut told = HashSet::new();
        let mut newest_first: Vec<(Rank, usize)> = Vec::new();
        for (place, Message { channel, .. }) in self.messages.iter().enumerate().rev() {
            if channel == keys::OUTCOMES_CHANNEL {
                newest_first.push((Rank::Answer, place));
            } else if told.insert(channel.as_str()) {
                newest_first.push((if known.contains(channel) { Rank::Known } else { Rank::Unknown }, place));
            }
        }
        // Within a rank the newest stay first.
        newest_first.sort_by_key(|(rank, _)| *rank);
        let (mut stays, mut many) = (vec![false; before], 0);
        self.bytes = 0;
        for (_, place) in newest_first {
            let bytes = self.messages[place].bytes();
            if many < MOST / 2 && self.bytes + bytes <= MOST_BYTES / 2 {
                (many, self.bytes, stays[place]) = (many + 1, self.bytes + bytes, true);
            }
        }
        let mut stays = stays.into_iter();
        self.messages.retain(|_| stays.next() == Some(true));
        (before - many) as u64
    }
}

/// Whose messages stay before others.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    /// Statuses of services that are known.
    Known,
    /// Answers to commands.
    Answer,
    /// Everything else.
    Unknown,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(channel: &str, count: u64, length: usize) -> Message {
        let position = Position { tick: 1, count };
        Message { position, channel: channel.to_owned(), payload: vec![b'x'; length], length }
    }

    /// Nobody is known.
    fn nobody() -> HashSet<String> {
        HashSet::new()
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
            assert_eq!(pending.push(message("service:a", count, 10), nobody), 0);
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
            pending.push(message("service:a", count, 60_000), nobody);
        }
        assert_eq!(counts(&pending.take_batch()), [1, 2, 3, 4]);
        pending.push(message("service:a", 11, BATCH_BYTES * 2), nobody);
        assert_eq!(counts(&all_of(&mut pending)), (5..=11).collect::<Vec<_>>());
    }

    #[test]
    fn of_too_many_the_newest_of_each_channel_and_every_answer_to_a_command_stay_in_order() {
        let mut pending = Pending::default();
        let channels = ["service:a", "service:b", keys::OUTCOMES_CHANNEL];
        let of_a_service = |count: u64| if count == 9 { channels[2] } else { channels[(count % 2) as usize] };
        let most = MOST as u64;
        let passed_over: u64 =
            (1..=most).map(|count| pending.push(message(of_a_service(count), count, 10), nobody)).sum();
        assert_eq!(passed_over, 0);
        pending.push(message(keys::OUTCOMES_CHANNEL, most + 1, 10), nobody);
        assert_eq!(counts(&all_of(&mut pending)), [9, most - 1, most, most + 1]);
        assert_eq!(pending.bytes, 0);
    }

    #[test]
    fn too_many_channels_or_bytes_do_not_wait_either() {
        let mut pending = Pending::default();
        let passed_over: u64 =
            (0..100_000).map(|count| pending.push(message(&format!("service:s-{count}"), count, 10), nobody)).sum();
        let left = counts(&all_of(&mut pending));
        assert!(left.len() <= MOST && left.last() == Some(&99_999));
        assert_eq!(passed_over + left.len() as u64, 100_000, "each is counted");

        for count in 0..1_000 {
            pending.push(message(&format!("service:s-{count}"), count, 60_000), nobody);
            assert!(pending.bytes <= MOST_BYTES);
        }
    }

    #[test]
    fn made_up_services_push_out_neither_those_that_are_known_nor_answers_to_commands() {
        let known = || (0..2_000).map(|service| format!("service:known-{service}")).collect();
        let mut pending = Pending::default();
        for count in 0..2_000 {
            pending.push(message(&format!("service:known-{count}"), count, 10), known);
        }
        for count in 2_000..2_100 {
            pending.push(message(keys::OUTCOMES_CHANNEL, count, 10), known);
        }
        for count in 2_100..50_000 {
            pending.push(message(&format!("service:made-up-{count}"), count, 10), known);
        }
        let left = counts(&all_of(&mut pending));
        assert!(left.iter().copied().take(2_100).eq(0..2_100), "it begins with {:?}", &left[..5]);
        assert!(left.len() <= MOST && left.is_sorted() && left.last() == Some(&49_999));
        assert_eq!(pending.bytes, 0);
    }

    #[test]
    fn too_many_answers_push_out_no_service_that_is_known() {
        let known = || HashSet::from(["service:a".to_owned()]);
        let mut pending = Pending::default();
        pending.push(message("service:a", 1, 10), known);
        for count in 2..=20_000 {
            pending.push(message(keys::OUTCOMES_CHANNEL, count, 10), known);
        }
        let left = counts(&all_of(&mut pending));
        assert_eq!((left[0], left.last()), (1, Some(&20_000)));
    }
}
