//! Takes connections in and serves each of them, until told to stop.
//!
//! `axum::serve` waits for a request's head as long as the client likes, and for a client that does not read; here both
//! have their time, a head has its size, and there are never more connections than the system lets the process have.

mod descriptors;
mod patience;

use std::error::Error;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::serve::Listener;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use socket2::SockRef;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use crate::server::connections::patience::Patience;
use crate::server::metrics::Metrics;

/// How long a request's head may take to arrive.
pub const LONGEST_HEAD: Duration = Duration::from_secs(10);

/// How long a client may read nothing while there is something to read.
const LONGEST_STALL: Duration = Duration::from_secs(30);

/// The largest head, in bytes: the address and all headers. Also how much is held back for a client that is slow to
/// read, before it is asked what is newest.
const LARGEST_HEAD: usize = 32 * 1024;

/// What the kernel holds back for one client, in bytes; it takes twice that. What waits there grows old, and a client
/// that does not read must not fill the machine's memory.
const SEND_BUFFER: usize = 64 * 1024;

/// How many connections that are one too many are told so at the same time; others are closed without a word.
const REFUSALS_AT_ONCE: usize = 64;

/// What connections may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// How long a request's head may take to arrive; a connection that is kept for further requests waits no longer
    /// either.
    pub longest_head: Duration,
    /// How long a client may read nothing while there is something to read.
    pub longest_stall: Duration,
    /// How many there may be at once.
    pub most: usize,
}

/// Serves connections.
pub struct Server {
    /// Answers requests.
    pub router: Router,
    /// Answers the requests of connections that are one too many.
    pub full: Router,
    /// What connections may take.
    pub limits: Limits,
    /// Where they are counted.
    pub metrics: Metrics,
}

impl Limits {
    /// The limits of this process. Asks the system for as many connections as it may give.
    pub fn of_this_process() -> Self {
        Self { longest_head: LONGEST_HEAD, longest_stall: LONGEST_STALL, most: descriptors::most_connections() }
    }
}

impl Server {
    /// Serves until `shutdown`, then until every request under way has its answer.
    pub async fn serve(self, mut listener: TcpListener, shutdown: CancellationToken) {
        let kept = protocol(self.limits.longest_head);
        let mut once = kept.clone();
        once.keep_alive(false);
        let places = Arc::new(Semaphore::new(self.limits.most));
        let refusals = Arc::new(Semaphore::new(REFUSALS_AT_ONCE));
        let open = GracefulShutdown::new();
        while let Some((stream, peer)) = shutdown.run_until_cancelled(Listener::accept(&mut listener)).await {
            let (protocol, router, place) = match places.clone().try_acquire_owned() {
                Ok(place) => (&kept, &self.router, Some(place)),
                Err(_) => {
                    self.metrics.connection_refused();
                    (&once, &self.full, refusals.clone().try_acquire_owned().ok())
                }
            };
            let Some(place) = place else { continue };
            let io = TokioIo::new(Patience::with(tuned(stream), self.limits.longest_stall));
            let router = router.clone();
            let answer = service_fn(move |request: hyper::Request<Incoming>| {
                let mut request = request.map(Body::new);
                request.extensions_mut().insert(ConnectInfo::<SocketAddr>(peer));
                router.clone().oneshot(request)
            });
            let serving = open.watch(protocol.serve_connection(io, answer));
            let connection = Connection { metrics: self.metrics.clone(), peer, _place: place };
            tokio::spawn(async move { connection.see_out(serving).await });
        }
        // Whoever connects from here on is refused at once, so that a proxy turns to another instance.
        drop(listener);
        open.shutdown().await;
    }
}

/// A connection while it is served.
struct Connection {
    metrics: Metrics,
    peer: SocketAddr,
    _place: OwnedSemaphorePermit,
}

impl Connection {
    /// A client that goes away, or takes too long, ends its connection and nothing else.
    async fn see_out(self, serving: impl Future<Output = hyper::Result<()>>) {
        self.metrics.connection_opened();
        if let Err(error) = serving.await {
            if is_stall(&error) {
                self.metrics.connection_stalled();
            }
            tracing::debug!(error = %error, client.address = %self.peer.ip(), "a connection ended early");
        }
        self.metrics.connection_closed();
    }
}

fn is_stall(error: &hyper::Error) -> bool {
    let cause = error.source().and_then(|cause| cause.downcast_ref::<io::Error>());
    cause.is_some_and(|cause| cause.kind() == io::ErrorKind::TimedOut)
}

/// Small events leave at once, and little waits in the kernel.
fn tuned(stream: TcpStream) -> TcpStream {
    let tuned = stream.set_nodelay(true).and_then(|()| SockRef::from(&stream).set_send_buffer_size(SEND_BUFFER));
    if let Err(error) = tuned {
        tracing::debug!(error = %error, "a connection stays as the system made it");
    }
    stream
}

fn protocol(longest_head: Duration) -> http1::Builder {
    let mut protocol = http1::Builder::new();
    protocol.timer(TokioTimer::new()).header_read_timeout(longest_head);
    protocol.max_header_size(LARGEST_HEAD).max_buf_size(LARGEST_HEAD);
    protocol
}
