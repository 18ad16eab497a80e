//! Files that are made for one request and held in memory until they are sent: the audit as a table, lines as a text.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use http_body::{Frame, SizeHint};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use crate::api::error::ApiError;

/// How many are made and sent at once. Making one takes many times the 16 MiB that it may be read from.
const AT_ONCE: usize = 2;

/// How much of a file is given away at once, in bytes: little of it is left in memory when the turn is over.
const PIECE: usize = 64 * 1024;

/// How long it may take to send one: whoever reads more slowly keeps the others from theirs.
const LONGEST: Duration = Duration::from_secs(120);

/// Who may make a file now. Cloning it shares the turns.
#[derive(Clone)]
pub struct Downloads(Arc<Semaphore>);

/// The right to make a file and to hold it until it is sent, or given up.
pub struct Turn {
    _permit: OwnedSemaphorePermit,
}

/// A file on its way.
struct File {
    rest: Bytes,
    until: Instant,
    _turn: Turn,
}

impl Default for Downloads {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(AT_ONCE)))
    }
}

impl Downloads {
    /// Waits for a turn; a request is given up that waits for too long.
    pub async fn turn(&self) -> Result<Turn, ApiError> {
        // Nobody closes it.
        let permit = self.0.clone().acquire_owned().await.map_err(|_| ApiError::Unavailable)?;
        Ok(Turn { _permit: permit })
    }
}

impl Turn {
    /// The body of an answer that holds this file.
    pub fn body(self, file: String) -> Body {
        Body::new(File { rest: file.into(), until: Instant::now() + LONGEST, _turn: self })
    }
}

impl http_body::Body for File {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        if Instant::now() > self.until {
            return Poll::Ready(Some(Err(io::ErrorKind::TimedOut.into())));
        }
        let length = self.rest.len().min(PIECE);
        let piece = self.rest.split_to(length);
        Poll::Ready((!piece.is_empty()).then(|| Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.rest.len() as u64)
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;
    use http_body_util::BodyExt;

    use super::*;

    #[tokio::test]
    async fn a_turn_lasts_until_the_file_is_sent_or_given_up() {
        let downloads = Downloads::default();
        let file = "x".repeat(3 * PIECE + 1);
        let (one, other) = (downloads.turn().await.expect("a turn"), downloads.turn().await.expect("a turn"));
        let (mut sent, given_up) = (one.body(file.clone()), other.body(file.clone()));
        assert!(downloads.turn().now_or_never().is_none(), "two at once");
        drop(given_up);
        let third = downloads.turn().now_or_never().expect("there is room").expect("a turn");
        assert!(downloads.turn().now_or_never().is_none());
        let mut read = Vec::new();
        while let Some(frame) = sent.frame().await {
            read.extend(frame.expect("a piece").into_data().expect("bytes"));
            assert!(downloads.turn().now_or_never().is_none(), "it is still on its way");
        }
        assert_eq!(read, file.into_bytes());
        drop((sent, third));
        assert!(downloads.turn().now_or_never().is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_reads_too_slowly_does_not_get_the_rest() {
        let file = "x".repeat(3 * PIECE);
        let mut slow = Downloads::default().turn().await.expect("a turn").body(file);
        assert!(slow.frame().await.expect("a piece").is_ok());
        tokio::time::advance(LONGEST).await;
        assert!(slow.frame().await.expect("a piece").is_ok(), "just in time");
        tokio::time::advance(Duration::from_millis(1)).await;
        assert!(slow.frame().await.expect("an end").is_err());
    }
}
