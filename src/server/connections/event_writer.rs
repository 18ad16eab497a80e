//! Writes the events of a stream on a socket of its own: no buffer, no copy, one write for all that is pending.

use std::fmt::Write;
use std::future::poll_fn;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use arrayvec::ArrayString;
use bytes::{Buf, Bytes};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf};

use crate::server::connections::turn::Framing;
use crate::server::events::Events;

/// What ends a body in chunks.
const LAST_CHUNK: &[u8] = b"0\r\n\r\n";

/// The longest line before a chunk: 16 digits and a line break.
const LONGEST_SIZE: usize = 18;

/// Writes until the stream ends, the client goes away, or it does not read for too long.
pub async fn write<S: AsyncRead + AsyncWrite + Unpin>(
    mut socket: S,
    mut events: Events,
    framing: Framing,
) -> io::Result<()> {
    let mut piece = None;
    poll_fn(|context| {
        loop {
            if is_closed(&mut socket, context)? {
                return Poll::Ready(io::Result::Ok(()));
            }
            if let Some(pending) = &mut piece {
                ready!(Piece::poll_write(pending, &mut socket, context))?;
            }
            // Only now is it asked for what is newest, so that nothing waits here and grows old.
            piece = ready!(events.poll_next(context)).map(|bytes| Piece::new(bytes, framing));
            if piece.is_none() {
                return Poll::Ready(Ok(()));
            }
        }
    })
    .await?;
    if framing == Framing::Chunked {
        socket.write_all(LAST_CHUNK).await?;
    }
    socket.shutdown().await
}

/// Whether the client closed the connection. It has nothing to say while it listens, so anything else it says ends the
/// stream too.
fn is_closed<S: AsyncRead + Unpin>(socket: &mut S, context: &mut Context<'_>) -> io::Result<bool> {
    let mut byte = [0; 1];
    match Pin::new(socket).poll_read(context, &mut ReadBuf::new(&mut byte)) {
        Poll::Ready(said) => said.map(|()| true),
        Poll::Pending => Ok(false),
    }
}

/// What is being written, and what is left of it.
struct Piece {
    /// The line before a chunk, and how much of it is written.
    size: (ArrayString<LONGEST_SIZE>, usize),
    bytes: Bytes,
    end: &'static [u8],
}

impl Piece {
    fn new(bytes: Bytes, framing: Framing) -> Self {
        let mut size = ArrayString::new();
        if framing == Framing::Plain {
            return Self { size: (size, 0), bytes, end: b"" };
        }
        // It always fits: a length has 16 digits at most.
        let _ = write!(size, "{:x}\r\n", bytes.len());
        Self { size: (size, 0), bytes, end: b"\r\n" }
    }

    fn size(&self) -> &[u8] {
        &self.size.0.as_bytes()[self.size.1..]
    }

    fn poll_write<S: AsyncWrite + Unpin>(&mut self, socket: &mut S, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !(self.size().is_empty() && self.bytes.is_empty() && self.end.is_empty()) {
            let parts = [IoSlice::new(self.size()), IoSlice::new(&self.bytes), IoSlice::new(self.end)];
            let written = ready!(Pin::new(&mut *socket).poll_write_vectored(context, &parts))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.advance(written);
        }
        Poll::Ready(Ok(()))
    }

    fn advance(&mut self, written: usize) {
        let of_size = written.min(self.size().len());
        self.size.1 += of_size;
        let of_bytes = (written - of_size).min(self.bytes.len());
        self.bytes.advance(of_bytes);
        self.end = &self.end[written - of_size - of_bytes..];
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, duplex};

    use super::*;

    async fn written(text: &'static str, framing: Framing, room: usize) -> String {
        let (mut near, mut far) = duplex(room);
        let reading = tokio::spawn(async move {
            let mut all = String::new();
            far.read_to_string(&mut all).await.expect("text");
            all
        });
        let mut piece = Piece::new(Bytes::from_static(text.as_bytes()), framing);
        poll_fn(|context| piece.poll_write(&mut near, context)).await.expect("written");
        drop(near);
        reading.await.expect("read")
    }

    #[tokio::test]
    async fn a_piece_is_one_chunk_however_little_is_taken_at_once() {
        let text = "data: 0123456789\n\n";
        for room in [1, 2, 3, 5, 1024] {
            assert_eq!(written(text, Framing::Chunked, room).await, "12\r\ndata: 0123456789\n\n\r\n");
            assert_eq!(written(text, Framing::Plain, room).await, text);
        }
    }

    #[test]
    fn the_longest_size_has_room() {
        let mut size = ArrayString::<LONGEST_SIZE>::new();
        write!(size, "{:x}\r\n", usize::MAX).expect("it fits");
        assert_eq!(&size, "ffffffffffffffff\r\n");
    }
}
