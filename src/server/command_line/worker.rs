//! `service-manager worker`: the services without the page.

use crate::server::command_line::CommandError;
use crate::server::config::Config;

/// Works until SIGTERM or SIGINT.
pub async fn run(_config: Config) -> Result<(), CommandError> {
    Ok(())
}
