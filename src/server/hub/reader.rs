//! One page's place in the stream, and how it is woken.

use std::future::poll_fn;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll};

use bytes::Bytes;
use futures::task::AtomicWaker;

use crate::server::hub::Hub;
use crate::server::hub::ring::Piece;
use crate::server::metrics::Resume;

/// One page's place in the stream.
pub struct Reader {
    hub: Hub,
    seat: Arc<Seat>,
    /// What it gets before anything else.
    opening: Option<Piece>,
    resume: Resume,
}

/// What a reader and the hub share.
struct Seat {
    waker: AtomicWaker,
    /// The number of the next frame this reader wants.
    cursor: AtomicU64,
}

/// The seats of all readers. One that was given up is cleared away at the next change, the next heartbeat at the latest.
#[derive(Default)]
pub struct Seats(Mutex<Vec<Weak<Seat>>>);

impl Seats {
    /// Wakes every reader that waits. One that was woken and did not come to read since is not woken twice.
    pub fn wake(&self) {
        self.each(|seat| seat.waker.wake());
    }

    /// The number of the next frame that the slowest reader wants; `None` without readers.
    pub fn slowest(&self) -> Option<u64> {
        let mut slowest = None;
        self.each(|seat| {
            let cursor = seat.cursor.load(Ordering::Relaxed);
            slowest = Some(slowest.map_or(cursor, |least: u64| least.min(cursor)));
        });
        slowest
    }

    fn take(&self, cursor: u64) -> Arc<Seat> {
        let seat = Arc::new(Seat { waker: AtomicWaker::new(), cursor: AtomicU64::new(cursor) });
        self.lock().push(Arc::downgrade(&seat));
        seat
    }

    fn each(&self, mut look: impl FnMut(&Seat)) {
        self.lock().retain(|seat| seat.upgrade().inspect(|seat| look(seat)).is_some());
    }

    /// Nothing that holds the lock can leave it half-way through, so a poisoned one is as good as any.
    fn lock(&self) -> MutexGuard<'_, Vec<Weak<Seat>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Reader {
    /// A reader that gets `opening`, then everything from the frame `cursor` on.
    pub(in crate::server::hub) fn new(hub: Hub, cursor: u64, opening: Piece, resume: Resume) -> Self {
        let seat = hub.seats().take(cursor);
        Self { hub, seat, opening: Some(opening), resume }
    }

    /// What it gets before anything else: what changed since it was here, or everything.
    pub fn resume(&self) -> Resume {
        self.resume
    }

    /// Everything that is pending, in one piece; waits if nothing is. Dropping the future loses nothing.
    pub async fn next(&mut self) -> Bytes {
        poll_fn(|context| self.poll_next(context)).await
    }

    /// The same for whoever is polled.
    pub fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Bytes> {
        if let Some(opening) = self.opening.take() {
            return Poll::Ready(self.handed_out(opening, None));
        }
        // Before looking, so that what comes in between wakes.
        self.seat.waker.register(context.waker());
        let cursor = self.seat.cursor.load(Ordering::Relaxed);
        match self.hub.pending(cursor) {
            Some((piece, late, head)) => {
                self.seat.cursor.store(head, Ordering::Relaxed);
                Poll::Ready(self.handed_out(piece, late))
            }
            None => Poll::Pending,
        }
    }

    fn handed_out(&self, piece: Piece, late: Option<u64>) -> Bytes {
        self.hub.metrics().delivered(piece.events, piece.bytes.len(), late);
        piece.bytes
    }
}
