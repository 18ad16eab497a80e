//! `service-manager worker`: the services without the page.

use crate::server::command_line::CommandError;
use crate::server::config::Config;
use crate::server::logs::own::OwnLines;
use crate::server::metrics::Metrics;
use crate::server::redis::Redis;
use crate::server::shutdown;
use crate::server::worker::{self, WorkerContext};

/// Works until SIGTERM or SIGINT; `own_lines` is what the services say.
pub async fn run(config: Config, own_lines: OwnLines) -> Result<(), CommandError> {
    let shutdown = shutdown::on_signal()?;
    let context = WorkerContext::new(&config, Redis::new(config.redis.clone())?, Metrics::new()?)?;
    tracing::info!("running the services");
    worker::run(context, own_lines, shutdown).await;
    tracing::info!("stopped");
    Ok(())
}
