//! A stream on its way: asked for, and not yet answered by Redis.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures::FutureExt;
use futures::future::BoxFuture;
use tokio_util::task::TaskTracker;

use crate::server::streams::{OpenError, OpenStream};

/// Opens a stream. If whoever asks for it goes away meanwhile, Redis may give the lease all the same, which would be held
/// for nobody until it ran out: the opening is then brought to its end, and with the stream its lease is given back.
pub struct Opening {
    rest: Option<BoxFuture<'static, Result<OpenStream, OpenError>>>,
    returns: TaskTracker,
}

impl Opening {
    /// What opens the stream, and who waits for leases on their way back.
    pub fn new(
        opening: impl Future<Output = Result<OpenStream, OpenError>> + Send + 'static,
        returns: TaskTracker,
    ) -> Self {
        Self { rest: Some(opening.boxed()), returns }
    }
}

impl Future for Opening {
    type Output = Result<OpenStream, OpenError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(rest) = &mut self.rest else { return Poll::Pending };
        let opened = ready!(rest.poll_unpin(context));
        self.rest = None;
        Poll::Ready(opened)
    }
}

impl Drop for Opening {
    fn drop(&mut self) {
        // Without a runtime the program is ending, and the lease runs out by itself.
        if let (Some(rest), Ok(runtime)) = (self.rest.take(), tokio::runtime::Handle::try_current()) {
            self.returns.spawn_on(rest, &runtime);
        }
    }
}
