//! The newest frames, ready to be written, numbered in the order in which they came.

use std::collections::VecDeque;

use bytes::{Bytes, BytesMut};

/// Frames kept for readers that are a little behind.
const MOST_FRAMES: usize = 1_024;

/// All of them together are no longer than this, in bytes; the newest is kept however long it is.
const MOST_BYTES: usize = 4 * 1024 * 1024;

/// Different beginnings from which pieces are kept. Readers that woke together share one, those that wake while a change
/// comes in two.
const MOST_MERGES: usize = 8;

/// Frames that are written together.
#[derive(Clone, Debug, Default)]
pub struct Piece {
    /// The frames, one after the other.
    pub bytes: Bytes,
    /// How many events they are.
    pub events: u64,
    /// When the oldest of the changes in it was logged, in ms by Redis's clock; `None` if none was.
    pub logged: Option<u64>,
}

/// The ring. Readers hold no place in it: they name the number of the next frame they want.
#[derive(Default)]
pub struct Ring {
    frames: VecDeque<Piece>,
    /// The length of all frames, in bytes.
    length: usize,
    /// The number of the next frame.
    head: u64,
    /// What readers at these numbers get, as long as no frame is added.
    merged: Vec<(u64, Piece)>,
}

impl Piece {
    /// One event that is no change of the log.
    pub fn event(bytes: Bytes) -> Self {
        Self { bytes, events: 1, logged: None }
    }

    /// One event that was logged at this time.
    pub fn change(bytes: Bytes, logged: u64) -> Self {
        Self { bytes, events: 1, logged: Some(logged) }
    }

    /// These frames in one piece. One alone is shared, not copied.
    pub fn joined<'a>(frames: impl IntoIterator<Item = &'a Self>) -> Self {
        let frames: Vec<_> = frames.into_iter().collect();
        if let [alone] = frames.as_slice() {
            return (*alone).clone();
        }
        let mut bytes = BytesMut::with_capacity(frames.iter().map(|frame| frame.bytes.len()).sum());
        frames.iter().for_each(|frame| bytes.extend_from_slice(&frame.bytes));
        Self {
            bytes: bytes.freeze(),
            events: frames.iter().map(|frame| frame.events).sum(),
            logged: frames.iter().filter_map(|frame| frame.logged).min(),
        }
    }
}

impl Ring {
    /// The number of the next frame.
    pub fn head(&self) -> u64 {
        self.head
    }

    /// Adds a frame; gives its number.
    pub fn push(&mut self, frame: Piece) -> u64 {
        self.merged.clear();
        self.length += frame.bytes.len();
        self.frames.push_back(frame);
        while self.frames.len() > MOST_FRAMES || (self.length > MOST_BYTES && self.frames.len() > 1) {
            self.length -= self.frames.pop_front().map_or(0, |oldest| oldest.bytes.len());
        }
        self.head += 1;
        self.head - 1
    }

    /// The frame of that number and all after it; `None` if it is no longer there.
    pub fn since(&mut self, number: u64) -> Option<Piece> {
        let oldest = self.head - self.frames.len() as u64;
        let skipped = number.checked_sub(oldest)?;
        let begin = (skipped as usize).min(self.frames.len());
        Some(self.shared(number).unwrap_or_else(|| {
            let piece = Piece::joined(self.frames.range(begin..));
            self.share(number, piece.clone());
            piece
        }))
    }

    /// What readers at that number get until a frame is added, if it was made before.
    pub fn shared(&self, number: u64) -> Option<Piece> {
        self.merged.iter().find(|(from, _)| *from == number).map(|(_, piece)| piece.clone())
    }

    /// Keeps what a reader at that number gets for others at the same one.
    pub fn share(&mut self, number: u64, piece: Piece) {
        if self.merged.len() < MOST_MERGES {
            self.merged.push((number, piece));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(text: &'static str) -> Piece {
        Piece::event(Bytes::from_static(text.as_bytes()))
    }

    #[test]
    fn readers_at_the_same_number_share_the_same_bytes() {
        let mut ring = Ring::default();
        for text in ["a", "b", "c"] {
            ring.push(frame(text));
        }
        let (one, other) = (ring.since(1).expect("kept"), ring.since(1).expect("kept"));
        assert_eq!((one.bytes.as_ref(), one.events), (b"bc".as_ref(), 2));
        assert_eq!(one.bytes.as_ptr(), other.bytes.as_ptr());
        ring.push(frame("d"));
        assert_eq!(ring.since(1).expect("kept").bytes, "bcd", "what is merged is not what was merged before");
        assert_eq!(ring.since(4).expect("nothing is pending").events, 0);
    }

    #[test]
    fn what_is_too_old_or_too_much_is_dropped() {
        let mut ring = Ring::default();
        for _ in 0..MOST_FRAMES + 2 {
            ring.push(frame("x"));
        }
        assert!(ring.since(1).is_none() && ring.since(2).is_some());
        for _ in 0..3 {
            ring.push(Piece::event(Bytes::from(vec![b'x'; MOST_BYTES / 2])));
        }
        assert!(ring.since(ring.head() - 3).is_none() && ring.since(ring.head() - 2).is_some());
        ring.push(Piece::event(Bytes::from(vec![b'x'; MOST_BYTES + 1])));
        assert!(ring.since(ring.head() - 1).is_some(), "the newest is always kept");
    }

    #[test]
    fn a_piece_knows_when_its_oldest_change_was_logged() {
        let changes = [frame("a"), Piece::change(Bytes::new(), 7), Piece::change(Bytes::new(), 5)];
        assert_eq!(Piece::joined(&changes).logged, Some(5));
        assert_eq!(Piece::joined(&changes[..1]).logged, None);
    }
}
