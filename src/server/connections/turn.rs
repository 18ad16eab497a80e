//! How a connection passes from hyper to the writer of events.
//!
//! hyper keeps 16 KiB of buffers and more for a connection as long as it has it, which is most of what a stream would
//! cost. It reads the request and writes the answer's head with the first piece of events; when they are out, the socket is
//! taken back.

use std::convert::Infallible;
use std::mem;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, Response, Version, header};
use http_body::Frame;

use crate::server::events::{Events, Handover};

/// What one connection's parts tell each other.
#[derive(Default)]
pub struct Turn {
    events: Mutex<Option<(Events, Framing)>>,
    /// The head is in hyper's buffer, and the first piece if there was one.
    head_is_written: AtomicBool,
    /// Everything in hyper's buffer is out.
    is_flushed: AtomicBool,
}

/// How a body's end is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// In chunks, the last of which is empty: HTTP/1.1.
    Chunked,
    /// By the end of the connection: HTTP/1.0.
    Plain,
}

impl Turn {
    /// Keeps the events of an answer, if it has any, and gives hyper a body to wait for instead.
    pub fn keep_events(self: &Arc<Self>, mut response: Response<Body>, version: Version) -> Response<Body> {
        let Some(events) = response.extensions_mut().remove::<Handover>().and_then(|handover| handover.take()) else {
            return response;
        };
        let framing = if version == Version::HTTP_10 { Framing::Plain } else { Framing::Chunked };
        *self.events.lock().unwrap_or_else(PoisonError::into_inner) = Some((events, framing));
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        response.map(|_| Body::new(Opening { turn: self.clone(), is_asked_for: false }))
    }

    /// What a reader gets at once, if there is anything.
    fn first_piece(&self, context: &mut Context<'_>) -> Option<Bytes> {
        let mut kept = self.events.lock().unwrap_or_else(PoisonError::into_inner);
        let (events, _) = kept.as_mut()?;
        match events.poll_next(context) {
            Poll::Ready(piece) => piece,
            Poll::Pending => None,
        }
    }

    /// Notes that everything hyper wrote is out.
    pub fn flushed(&self) {
        self.is_flushed.store(true, Ordering::Relaxed);
    }

    /// The events, once it is their turn.
    pub fn take_events(&self) -> Option<(Events, Framing)> {
        let is_due = self.head_is_written.load(Ordering::Relaxed) && self.is_flushed.load(Ordering::Relaxed);
        is_due.then(|| self.events.lock().unwrap_or_else(PoisonError::into_inner).take())?
    }
}

/// The body as hyper knows it: the first piece, which it writes together with the head; then it waits for more, which makes it
/// write out what it has.
struct Opening {
    turn: Arc<Turn>,
    is_asked_for: bool,
}

impl http_body::Body for Opening {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if !mem::replace(&mut self.is_asked_for, true)
            && let Some(piece) = self.turn.first_piece(context)
        {
            return Poll::Ready(Some(Ok(Frame::data(piece))));
        }
        if !self.turn.head_is_written.swap(true, Ordering::Relaxed) {
            self.turn.is_flushed.store(false, Ordering::Relaxed);
        }
        Poll::Pending
    }
}
