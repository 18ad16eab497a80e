//! Helpers of the tests.

mod app;
mod event_reader;
mod gate;
mod program;
mod proxy;
mod raw_stream;
mod redis_server;
mod sandbox;
mod scrape;
mod worker_process;

pub mod browser;
pub mod chance;
pub mod core_banking;
pub mod foreign_service;
pub mod jobs;
pub mod log_lines;
pub mod pages_of_docs;
pub mod redis_calls;
pub mod runs;
pub mod statuses;
pub mod workers;

pub use app::{App, PASSWORD, client, serve};
pub use event_reader::{Event, EventReader};
pub use gate::Gate;
pub use program::Program;
pub use proxy::{Proxy, Swallows};
pub use raw_stream::{RawStream, leases, stream_token};
pub use redis_server::{RedisServer, free_port};
pub use sandbox::Sandbox;
pub use scrape::{METRICS_TOKEN, Scrape, ask, until_it_is};
pub use worker_process::WorkerProcess;

use std::io::Write;
use std::time::Duration;

use service_manager::model::audit::Intent;
use service_manager::model::event::StatusMessage;
use service_manager::server::metrics::Metrics;

/// The time after which a test gives up waiting: far more than a slow machine needs, and less than a test runner waits.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// A bound for what is promised within some seconds: wide enough for a machine that is busy with something else, and
/// below every limit after which the program would give up by itself.
pub const BUSY_MACHINE: Duration = Duration::from_secs(20);

/// Waits until `check` gives something, asking again every 10 ms; fails with `what` after [`PATIENCE`].
pub async fn eventually<T>(what: &str, mut check: impl AsyncFnMut() -> Option<T>) -> T {
    let asking = async {
        loop {
            if let Some(found) = check().await {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(PATIENCE, asking).await.unwrap_or_else(|_| panic!("not within {PATIENCE:?}: {what}"))
}

/// How many times as long as in `make test` the fault tests are: 1, or what `make soak` says.
pub fn soak() -> u32 {
    std::env::var("SOAK").map_or(1, |times| times.parse().expect("SOAK is a whole number"))
}

/// Whether this is `make soak`, which has time for what takes minutes.
pub fn is_soaking() -> bool {
    std::env::var_os("SOAK").is_some()
}

/// Shows a figure, which `cargo test` would hold back of a test that passes if it were printed in the usual way.
pub fn show(figure: &str) {
    writeln!(std::io::stderr(), "{figure}").expect("standard error is there");
}

/// Counts of one's own, for parts that run without an [`App`].
pub fn metrics() -> Metrics {
    Metrics::new().expect("metrics")
}

/// Some intent for the audit, where it does not matter which.
pub fn intent() -> Intent {
    let json = r#"{"actor":"ana","action":"sign-in","target":"console","requestId":"","address":""}"#;
    serde_json::from_str(json).expect("an intent")
}

/// A status message of `service` with that status object.
pub fn status_message(service: &str, status: &str) -> StatusMessage {
    serde_json::from_str(&format!(r#"{{"service":"{service}","timestamp":1763900000000,"status":{status}}}"#))
        .expect("a status message")
}
