//! `service-manager serve`: the page, its streams and its API; beside it the services.

use leptos::config::get_configuration;

use crate::server::application::Application;
use crate::server::command_line::{CommandError, listen};
use crate::server::config::Config;
use crate::server::shutdown;
use crate::server::worker::{self, WorkerContext};

/// The file that says where the page's files are, in the working directory.
const RUNTIME_FILE: &str = "Leptos.toml";

/// Serves until SIGTERM or SIGINT.
pub async fn run(config: Config, with_worker: bool) -> Result<(), CommandError> {
    let shutdown = shutdown::on_signal()?;
    let listener = listen("LEPTOS_SITE_ADDR", config.site_address).await?;
    tracing::info!("serving {} on {}", config.auth.public_origin, config.site_address);
    let site = get_configuration(Some(RUNTIME_FILE))?.leptos_options;
    let application = Application::build(config.clone(), site)?;
    let services = if with_worker {
        let context = WorkerContext::new(&config, application.redis().clone())?;
        Some(tokio::spawn(worker::run(context, shutdown.clone())))
    } else {
        None
    };
    application.run_until_stopped(listener, shutdown).await?;
    if let Some(services) = services {
        services.await.map_err(std::io::Error::other)?;
    }
    tracing::info!("stopped");
    Ok(())
}
