//! `service-manager sandbox`: made-up core banking data.

use crate::server::command_line::{CommandError, listen};
use crate::server::config::SandboxConfig;
use crate::server::core_banking::sandbox;
use crate::server::shutdown;

/// Serves until SIGTERM or SIGINT.
pub async fn run(config: SandboxConfig) -> Result<(), CommandError> {
    let shutdown = shutdown::on_signal()?;
    let listener = listen("SANDBOX_ADDR", &config.address).await?;
    tracing::info!(customers = config.customers, "serving sandbox data on {}", config.address);
    sandbox::serve(listener, config, shutdown).await?;
    Ok(())
}
