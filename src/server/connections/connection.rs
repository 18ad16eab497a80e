//! One connection: requests by hyper, then perhaps a stream without it.

use std::error::Error;
use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::sync::OwnedSemaphorePermit;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

use crate::server::connections::event_writer;
use crate::server::connections::patience::Patience;
use crate::server::connections::turn::{Framing, Turn};
use crate::server::events::Events;
use crate::server::metrics::Metrics;

/// A connection while it is served: its place among those there may be, and where it is counted.
pub struct Connection {
    peer: SocketAddr,
    metrics: Metrics,
    open: TaskTracker,
    _place: OwnedSemaphorePermit,
}

/// What hyper leaves behind.
enum Left {
    /// Nothing: the connection ended.
    Nothing(hyper::Result<()>),
    /// A head that is written; the events are to follow.
    Head(Events, Framing),
}

impl Connection {
    /// Counts it as open, as long as it is kept.
    pub fn new(peer: SocketAddr, place: OwnedSemaphorePermit, metrics: Metrics, open: TaskTracker) -> Self {
        metrics.connection_opened();
        Self { peer, metrics, open, _place: place }
    }

    /// Answers requests until one side closes, one takes too long, an answer is a stream, or after `shutdown`.
    pub async fn serve(
        self,
        socket: Patience<TcpStream>,
        protocol: http1::Builder,
        router: Router,
        shutdown: CancellationToken,
    ) {
        let (turn, peer) = (Arc::new(Turn::default()), self.peer);
        let answer = service_fn(|request: hyper::Request<Incoming>| {
            let (version, mut request) = (request.version(), request.map(Body::new));
            request.extensions_mut().insert(ConnectInfo::<SocketAddr>(peer));
            let (router, turn) = (router.clone(), turn.clone());
            async move { router.oneshot(request).await.map(|response| turn.keep_events(response, version)) }
        });
        let mut serving = protocol.serve_connection(TokioIo::new(socket.noting(turn.clone())), answer);
        let mut told = pin!(shutdown.cancelled());
        let mut is_told = false;
        let left = poll_fn(|context| {
            if !is_told && told.as_mut().poll(context).is_ready() {
                is_told = true;
                Pin::new(&mut serving).graceful_shutdown();
            }
            if let Poll::Ready(result) = Pin::new(&mut serving).poll(context) {
                return Poll::Ready(Left::Nothing(result));
            }
            turn.take_events().map_or(Poll::Pending, |(events, framing)| Poll::Ready(Left::Head(events, framing)))
        })
        .await;
        match left {
            Left::Nothing(result) => {
                let stalled =
                    |error: &hyper::Error| error.source().and_then(|cause| cause.downcast_ref()).is_some_and(is_stall);
                self.report(result.map_err(|error| (stalled(&error), error.to_string())));
            }
            Left::Head(events, framing) => {
                let socket = serving.into_parts().io.into_inner();
                // A task of its own is as small as the stream; this one had room for hyper.
                self.open.clone().spawn(self.stream(socket, events, framing));
            }
        }
    }

    async fn stream(self, socket: Patience<TcpStream>, events: Events, framing: Framing) {
        let result = event_writer::write(socket, events, framing).await;
        self.report(result.map_err(|error| (is_stall(&error), error.to_string())));
    }

    /// A client that goes away, or takes too long, ends its connection and nothing else.
    fn report(&self, result: Result<(), (bool, String)>) {
        let Err((is_stalled, error)) = result else { return };
        if is_stalled {
            self.metrics.connection_stalled();
        }
        tracing::debug!(error, client.address = %self.peer.ip(), "a connection ended early");
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.metrics.connection_closed();
    }
}

fn is_stall(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::TimedOut
}
