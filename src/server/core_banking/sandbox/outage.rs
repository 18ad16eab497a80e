//! Takes connections in, and ends those whose question is not answered.
//!
//! An outage is most like a system whose machine still takes connections in and whose program is gone: the question is
//! read and the connection ends without an answer. A 503 would be the answer of a program that runs.

use axum::Router;
use axum::body::Body;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use crate::server::core_banking::sandbox::disturbance::Silence;

/// There is no answer.
#[derive(Debug, thiserror::Error)]
#[error("the sandbox is down on purpose")]
struct Down;

/// Serves until `shutdown`, then until every request under way has its answer.
pub async fn serve(listener: TcpListener, router: Router, shutdown: CancellationToken) {
    let open = GracefulShutdown::new();
    while let Some(accepted) = shutdown.run_until_cancelled(listener.accept()).await {
        let Ok((connection, _)) = accepted else { continue };
        let router = router.clone();
        let answer = service_fn(move |request: hyper::Request<Incoming>| {
            let router = router.clone();
            async move {
                let Ok(answer) = router.oneshot(request.map(Body::new)).await;
                if answer.extensions().get::<Silence>().is_some() { Err(Down) } else { Ok(answer) }
            }
        });
        let serving = open.watch(http1::Builder::new().serve_connection(TokioIo::new(connection), answer));
        tokio::spawn(async move {
            if let Err(error) = serving.await {
                tracing::debug!(error = %error, "a connection to the sandbox ended early");
            }
        });
    }
    drop(listener);
    open.shutdown().await;
}
