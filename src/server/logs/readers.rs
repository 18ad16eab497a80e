//! Fans new lines out to open streams. Knows nothing of Redis or HTTP.
//!
//! As in the [`hub`](crate::server::hub), a line is encoded once into a ring of ready frames, and a reader is a number: that
//! of the frame it looks at next. But each reader wants lines of its own, so it has a count of those that were meant for it
//! too: whoever falls off the ring is told exactly how many lines it did not get. Nobody waits for a reader.

mod frame;

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use futures::task::AtomicWaker;

use crate::model::event::EventId;
use crate::model::log::Level;
use crate::model::service::ServiceId;
use crate::server::hub::PREAMBLE;
use crate::server::logs::Filter;
use crate::server::logs::stored::Kept;
use crate::server::metrics::Metrics;

/// Frames kept for readers that are a little behind.
const MOST_FRAMES: usize = 4_096;

/// All of them together are no longer than this, in bytes.
const MOST_BYTES: usize = 2 * 1024 * 1024;

/// A reader is handed no more than this at once, in bytes, but one frame at least: what a reader that does not read holds.
const MOST_AT_ONCE: usize = 64 * 1024;

/// The readers. Cloning it shares them.
#[derive(Clone)]
pub struct Readers(Arc<Shared>);

struct Shared {
    ring: Mutex<Ring>,
    metrics: Metrics,
}

struct Ring {
    frames: VecDeque<Frame>,
    length: usize,
    /// The number of the next frame.
    head: u64,
    /// The place of the newest line; `None` before the first look.
    position: Option<EventId>,
    is_connected: bool,
    seats: Vec<Weak<Seat>>,
}

struct Frame {
    /// Whose line it is; `None` for what everybody gets.
    about: Option<(ServiceId, Level)>,
    /// How many lines are missing to whoever does not get it: a gap stands for as many as it tells of.
    lines: u64,
    bytes: Bytes,
}

/// What a reader and the ring share.
struct Seat {
    filter: Filter,
    /// Lines that were meant for this reader since it came.
    meant: AtomicU64,
    waker: AtomicWaker,
}

/// One stream's place among the lines.
pub struct LineReader {
    readers: Readers,
    seat: Arc<Seat>,
    /// The number of the next frame it looks at.
    cursor: u64,
    /// How many of those that were meant for it it was given, or told of.
    given: u64,
    opening: Option<Bytes>,
}

impl Frame {
    fn is_for(&self, filter: &Filter) -> bool {
        self.about.is_none_or(|(service, level)| filter.wants(service, level))
    }
}

impl Readers {
    /// Nobody reads yet, and nothing is known of Redis.
    pub fn new(metrics: Metrics) -> Self {
        let ring = Ring {
            frames: VecDeque::new(),
            length: 0,
            head: 0,
            position: None,
            is_connected: false,
            seats: Vec::new(),
        };
        Self(Arc::new(Shared { ring: Mutex::new(ring), metrics }))
    }

    /// Hands these entries out, in their order, which bring the lines to that place. In one step, so that whoever comes in gets
    /// each line either from what is kept or from here.
    pub fn publish(&self, position: &EventId, entries: Vec<Kept>) {
        self.add(|ring| {
            for kept in entries {
                match &kept {
                    Kept::Line { entry, service, level, json } => {
                        ring.push(Some((*service, *level)), 1, frame::line(&position.epoch, *entry, json));
                    }
                    Kept::Dropped { n, .. } => ring.push(None, *n, frame::dropped(*n)),
                }
            }
            ring.position = Some(position.clone());
        });
    }

    /// Tells every reader whether Redis is reached.
    pub fn set_connected(&self, connected: bool) {
        self.add(|ring| {
            if std::mem::replace(&mut ring.is_connected, connected) != connected {
                ring.push(None, 0, frame::redis(connected));
            }
        });
    }

    /// Whether Redis is reached.
    pub fn is_connected(&self) -> bool {
        self.lock().is_connected
    }

    /// Lets every reader see that its stream is alive, at that time by Redis's clock.
    pub fn ping(&self, now: u64) {
        self.add(|ring| {
            if let Some(position) = &ring.position {
                let ping = frame::ping(now, position);
                ring.push(None, 0, ping);
            }
        });
    }

    /// A new reader of all that comes from now on, and the place of the newest line; `None` while Redis is out of reach.
    pub fn subscribe(&self, filter: Filter) -> Option<(LineReader, EventId)> {
        let seat = Arc::new(Seat { filter, meant: AtomicU64::new(0), waker: AtomicWaker::new() });
        let mut ring = self.lock();
        let position = ring.position.clone().filter(|_| ring.is_connected)?;
        ring.seats.push(Arc::downgrade(&seat));
        let cursor = ring.head;
        Some((LineReader { readers: self.clone(), seat, cursor, given: 0, opening: None }, position))
    }

    /// Changes the ring, counts what is new for whom, and wakes those.
    fn add(&self, change: impl FnOnce(&mut Ring)) {
        let mut ring = self.lock();
        let before = ring.head;
        change(&mut ring);
        let added = (ring.head - before) as usize;
        if added == 0 {
            return;
        }
        // Counted before what is too much goes: whoever does not get it is told.
        let Ring { frames, seats, .. } = &mut *ring;
        let new = frames.len().saturating_sub(added);
        seats.retain(|seat| {
            let Some(seat) = seat.upgrade() else { return false };
            let mut meant = frames.range(new..).filter(|frame| frame.is_for(&seat.filter)).peekable();
            if meant.peek().is_some() {
                seat.meant.fetch_add(meant.map(|frame| frame.lines).sum(), Ordering::Relaxed);
                seat.waker.wake();
            }
            true
        });
        ring.fit();
    }

    /// Nothing that holds the lock can panic half-way through a change, so a poisoned one is as good as any.
    fn lock(&self) -> MutexGuard<'_, Ring> {
        self.0.ring.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ring {
    fn push(&mut self, about: Option<(ServiceId, Level)>, lines: u64, bytes: Bytes) {
        self.length += bytes.len();
        self.frames.push_back(Frame { about, lines, bytes });
        self.head += 1;
    }

    fn fit(&mut self) {
        while self.frames.len() > MOST_FRAMES || (self.length > MOST_BYTES && self.frames.len() > 1) {
            self.length -= self.frames.pop_front().map_or(0, |oldest| oldest.bytes.len());
        }
    }
}

impl LineReader {
    /// What it gets before anything else: these entries of that epoch.
    pub fn begin_with(&mut self, epoch: &str, entries: Vec<Kept>) {
        let mut opening = BytesMut::from(PREAMBLE);
        for kept in entries {
            opening.extend_from_slice(&match kept {
                Kept::Line { entry, json, .. } => frame::line(epoch, entry, &json),
                Kept::Dropped { n, .. } => frame::dropped(n),
            });
        }
        self.opening = Some(opening.freeze());
    }

    /// What is pending, as much as is handed out at once. Wakes the task when there is more.
    pub fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Bytes> {
        if let Some(opening) = self.opening.take() {
            return Poll::Ready(opening);
        }
        // Before looking, so that what comes in between wakes.
        self.seat.waker.register(context.waker());
        let readers = self.readers.clone();
        let ring = readers.lock();
        self.pending(&ring).map_or(Poll::Pending, Poll::Ready)
    }

    fn pending(&mut self, ring: &Ring) -> Option<Bytes> {
        let oldest = ring.head - ring.frames.len() as u64;
        let from = self.cursor.max(oldest);
        let mut piece = BytesMut::new();
        if self.cursor < oldest {
            let waiting = ring.frames.iter().filter(|frame| frame.is_for(&self.seat.filter));
            let waiting: u64 = waiting.map(|frame| frame.lines).sum();
            let missed = self.seat.meant.load(Ordering::Relaxed) - self.given - waiting;
            if missed > 0 {
                self.given += missed;
                self.readers.0.metrics.lines_skipped(missed);
                piece.extend_from_slice(&frame::dropped(missed));
            }
        }
        let (mut taken, mut next) = (0, from);
        for (number, frame) in (from..).zip(ring.frames.range((from - oldest) as usize..)) {
            if frame.is_for(&self.seat.filter) {
                if !piece.is_empty() && piece.len() + frame.bytes.len() > MOST_AT_ONCE {
                    break;
                }
                piece.extend_from_slice(&frame.bytes);
                taken += frame.lines;
            }
            next = number + 1;
        }
        (self.cursor, self.given) = (next, self.given + taken);
        (!piece.is_empty()).then(|| piece.freeze())
    }
}

#[cfg(test)]
mod tests;
