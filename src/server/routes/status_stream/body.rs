//! The body of an open stream: the reader's pieces as they are, and a last event that tells the page why it ends.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::Bytes;
use http_body::{Body, Frame};
use serde_json::json;

use crate::model::event::{Shutdown, names};
use crate::server::hub::{Reader, named};
use crate::server::metrics::Metrics;
use crate::server::streams::{End, OpenStream};

/// Browsers that the server sends away come back after this long at the earliest, in ms.
const RETURN_AFTER_MS: u64 = 500;

/// They spread over this long, in ms, so that they do not come all at once.
const RETURN_SPREAD_MS: u64 = 2_000;

/// What hyper asks for more to write.
pub struct EventBody {
    /// `None` after the last event: what belongs to the stream is given back at once, not when the connection ends.
    open: Option<Opened>,
}

/// An open stream with all it needs.
struct Opened {
    stream: OpenStream,
    reader: Reader,
    metrics: Metrics,
}

impl EventBody {
    /// The body of this stream.
    pub fn new(stream: OpenStream, reader: Reader, metrics: Metrics) -> Self {
        Self { open: Some(Opened { stream, reader, metrics }) }
    }
}

impl Body for EventBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let Some(opened) = &mut self.open else { return Poll::Ready(None) };
        if let Poll::Ready(end) = opened.stream.poll_end(context) {
            let last = farewell(end);
            opened.metrics.delivered(1, last.len(), None);
            self.open = None;
            return Poll::Ready(Some(Ok(Frame::data(last))));
        }
        opened.reader.poll_next(context).map(|piece| Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.open.is_none()
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
