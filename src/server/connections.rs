//! Takes connections in and serves each of them, until told to stop.
//!
//! `axum::serve` waits for a request's head as long as the client likes; here a head has its time and its size.

use std::net::SocketAddr;
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
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

/// How long a request's head may take to arrive; a connection that is kept for further requests waits no longer
/// either.
pub const LONGEST_HEAD: Duration = Duration::from_secs(10);

/// The largest head, in bytes: the address and all headers.
const LARGEST_HEAD: usize = 32 * 1024;

/// Serves until `shutdown`, then until every request under way has its answer.
pub async fn serve(mut listener: TcpListener, router: Router, longest_head: Duration, shutdown: CancellationToken) {
    let protocol = protocol(longest_head);
    let open = GracefulShutdown::new();
    while let Some((connection, peer)) = shutdown.run_until_cancelled(Listener::accept(&mut listener)).await {
        // Without it the kernel would hold small events back to merge them.
        if let Err(error) = connection.set_nodelay(true) {
            tracing::debug!(error = %error, "a connection keeps its delay");
        }
        let router = router.clone();
        let answer = service_fn(move |request: hyper::Request<Incoming>| {
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(ConnectInfo::<SocketAddr>(peer));
            router.clone().oneshot(request)
        });
        let serving = open.watch(protocol.serve_connection(TokioIo::new(connection), answer));
        tokio::spawn(async move {
            // A client that goes away, or takes too long, ends its connection and nothing else.
            if let Err(error) = serving.await {
                tracing::debug!(error = %error, client.address = %peer.ip(), "a connection ended early");
            }
        });
    }
    // Whoever connects from here on is refused at once, so that a proxy turns to another instance.
    drop(listener);
    open.shutdown().await;
}

fn protocol(longest_head: Duration) -> http1::Builder {
    let mut protocol = http1::Builder::new();
    protocol.timer(TokioTimer::new()).header_read_timeout(longest_head).max_header_size(LARGEST_HEAD);
    protocol
}
