//! `service-manager worker`: the services without the page.

use crate::server::command_line::CommandError;
use crate::server::config::Config;
use crate::server::metrics::Metrics;
use crate::server::redis::Redis;
use crate::server::shutdown;
use crate::server::worker::{self, WorkerContext};

/// Works until SIGTERM or SIGINT.
pub async fn run(config: Config) -> Result<(), CommandError> {
    let shutdown = shutdown::on_signal()?;
    let context = WorkerContext::new(&config, Redis::new(config.redis.clone())?, Metrics::new()?)?;
    tracing::info!("running the services");
    worker::run(context, shutdown).await;
    tracing::info!("stopped");
    Ok(())
}
