//! What an open stream says: the reader's pieces as they are, and a last event that tells the page why it ends.

use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use serde_json::json;

use crate::model::event::{Shutdown, names};
use crate::server::hub::{Reader, named};
use crate::server::logs::readers::LineReader;
use crate::server::metrics::Metrics;
use crate::server::streams::{End, OpenStream};

/// Browsers that the server sends away come back after this long at the earliest, in ms.
const RETURN_AFTER_MS: u64 = 500;

/// They spread over this long, in ms, so that they do not come all at once.
const RETURN_SPREAD_MS: u64 = 2_000;

/// The events of one open stream.
pub struct Events {
    stream: OpenStream,
    source: Source,
    metrics: Metrics,
    is_over: bool,
}

/// Where the events of a stream come from.
pub enum Source {
    /// The changes of services.
    Status(Reader),
    /// The lines of services.
    Lines(LineReader),
}

/// Events on their way from the route that opened the stream to the connection that writes them: an extension of the
/// response.
#[derive(Clone)]
pub struct Handover(Arc<Mutex<Option<Events>>>);

impl Events {
    /// The events of this stream.
    pub fn new(stream: OpenStream, source: Source, metrics: Metrics) -> Self {
        Self { stream, source, metrics, is_over: false }
    }

    /// Everything that is pending, in one piece; `None` after the last event. Wakes the task when there is more.
    pub fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<Bytes>> {
        if self.is_over {
            return Poll::Ready(None);
        }
        if let Poll::Ready(end) = self.stream.poll_end(context) {
            self.is_over = true;
            let last = farewell(end);
            if matches!(self.source, Source::Status(_)) {
                self.metrics.delivered(1, last.len(), None);
            }
            return Poll::Ready(Some(last));
        }
        let piece = match &mut self.source {
            Source::Status(reader) => reader.poll_next(context),
            Source::Lines(reader) => reader.poll_next(context),
        };
        Poll::Ready(Some(ready!(piece)))
    }
}

impl Handover {
    /// Lays these events down.
    pub fn of(events: Events) -> Self {
        Self(Arc::new(Mutex::new(Some(events))))
    }

    /// Picks them up; once.
    pub fn take(&self) -> Option<Events> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// The last event of a stream, which tells the page why.
fn farewell(end: End) -> Bytes {
    match end {
        End::SignedOut => named(names::SIGNED_OUT, None, &json!({})),
        End::Replaced => named(names::REPLACED, None, &json!({})),
        End::Shutdown => {
            let retry_in = RETURN_AFTER_MS + u64::from(uuid::Uuid::new_v4().as_bytes()[0]) * RETURN_SPREAD_MS / 255;
            named(names::SHUTDOWN, None, &Shutdown { retry_in })
        }
    }
}
