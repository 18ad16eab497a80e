//! Why a stream ends, and how its reader hears of it.

use std::sync::OnceLock;
use std::task::{Context, Poll};

use futures::task::AtomicWaker;

/// Why the server ends a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The session ended, or the token was revoked.
    SignedOut,
    /// The same tab opened a newer stream.
    Replaced,
    /// The server stops.
    Shutdown,
}

/// Whether a stream is to end. The first reason stands.
#[derive(Default)]
pub struct Ending {
    reason: OnceLock<End>,
    waker: AtomicWaker,
}

impl Ending {
    /// Ends the stream.
    pub fn end(&self, reason: End) {
        // One that ends already has its reason.
        let _ = self.reason.set(reason);
        self.waker.wake();
    }

    /// Why it is to end, if it is.
    pub fn reason(&self) -> Option<End> {
        self.reason.get().copied()
    }

    /// The same for whoever waits for it. One task at a time can wait.
    pub fn poll(&self, context: &mut Context<'_>) -> Poll<End> {
        // Before looking, so that an end in between wakes.
        self.waker.register(context.waker());
        self.reason().map_or(Poll::Pending, Poll::Ready)
    }
}
