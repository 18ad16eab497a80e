//! Ends commands that nobody answers. Every instance looks; each command ends once.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::server::commands::Commands;

/// How often to look.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Looks until `shutdown`.
pub async fn run(commands: Commands, shutdown: CancellationToken) {
    let looking = async {
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            if let Err(error) = commands.expire().await {
                tracing::debug!(%error, "Commands without an answer are looked for again");
            }
        }
    };
    shutdown.run_until_cancelled(looking).await;
}
