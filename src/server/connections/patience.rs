//! A connection that is given up when its other end does not read for too long.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

/// Writes fail with [`io::ErrorKind::TimedOut`] once none got on for `longest_stall`. Only a connection that is stalled
/// has a timer.
pub struct Patience<S> {
    stream: S,
    longest_stall: Duration,
    stalled: Option<Pin<Box<Sleep>>>,
}

impl<S> Patience<S> {
    /// That much patience with this connection.
    pub fn with(stream: S, longest_stall: Duration) -> Self {
        Self { stream, longest_stall, stalled: None }
    }

    fn judge<T>(&mut self, written: Poll<io::Result<T>>, context: &mut Context<'_>) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.stalled = None;
            return written;
        }
        let longest_stall = self.longest_stall;
        ready!(self.stalled.get_or_insert_with(|| Box::pin(sleep(longest_stall))).as_mut().poll(context));
        Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "the other end does not read")))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Patience<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Patience<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.judge(written, context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, pieces);
        self.judge(written, context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};
    use tokio::time::Instant;

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(30);

    #[tokio::test(start_paused = true)]
    async fn an_end_that_does_not_read_is_given_up_when_the_time_is_over() {
        let (near, _far) = duplex(4);
        let mut near = Patience::with(near, PATIENCE);
        near.write_all(b"four").await.expect("room for four");
        let began = Instant::now();
        let error = near.write_all(b"more").await.expect_err("no room");
        assert_eq!((error.kind(), began.elapsed().as_secs()), (io::ErrorKind::TimedOut, 30));
    }

    #[tokio::test(start_paused = true)]
    async fn an_end_that_reads_slowly_is_waited_for() {
        let (near, mut far) = duplex(1);
        let mut near = Patience::with(near, PATIENCE);
        let reading = tokio::spawn(async move {
            for _ in 0..4 {
                sleep(PATIENCE - Duration::from_secs(1)).await;
                far.read_u8().await.expect("a byte");
            }
        });
        near.write_all(b"slow").await.expect("each byte in time");
        reading.await.expect("all are read");
    }
}
