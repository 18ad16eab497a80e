//! How a connection passes from hyper to the writer of events.
//!
//! hyper keeps 16 KiB of buffers and more for a connection as long as it has it, which is most of what a stream would
//! cost. It reads the request and writes the answer's head; when that is out, the socket is taken back.

use std::convert::Infallible;
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
    /// The head is in hyper's buffer.
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
        response.map(|_| Body::new(Awaited(self.clone())))
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

/// The body that hyper waits for. It asks for it as soon as the head is in its buffer, and writes that out when it gets
/// nothing.
struct Awaited(Arc<Turn>);

impl http_body::Body for Awaited {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if !self.0.head_is_written.swap(true, Ordering::Relaxed) {
            self.0.is_flushed.store(false, Ordering::Relaxed);
        }
        Poll::Pending
    }
}
