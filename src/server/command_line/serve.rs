//! `service-manager serve`: the page, its streams and its API; beside it the services.

use std::path::Path;

use leptos::config::{LeptosOptions, get_configuration};

use crate::server::application::Application;
use crate::server::command_line::{CommandError, listen};
use crate::server::config::Config;
use crate::server::logs::own::OwnLines;
use crate::server::shutdown;
use crate::server::worker::{self, WorkerContext};

/// The file that says where the page's files are, in the working directory.
const RUNTIME_FILE: &str = "Leptos.toml";

/// Serves until SIGTERM or SIGINT. Whoever gives what the services say wants them to run beside it.
pub async fn run(config: Config, services: Option<OwnLines>) -> Result<(), CommandError> {
    let shutdown = shutdown::on_signal()?;
    let site = site()?;
    let listener = listen("LEPTOS_SITE_ADDR", config.site_address).await?;
    tracing::info!("serving {} on {}", config.auth.public_origin, config.site_address);
    let application = Application::build(config.clone(), site)?;
    let services = match services {
        Some(own_lines) => {
            let (redis, metrics) = (application.redis().clone(), application.state().metrics.clone());
            let context = WorkerContext::new(&config, redis, metrics)?;
            Some(tokio::spawn(worker::run(context, own_lines, shutdown.clone())))
        }
        None => None,
    };
    application.run_until_stopped(listener, shutdown).await;
    if let Some(services) = services {
        services.await.map_err(std::io::Error::other)?;
    }
    tracing::info!("stopped");
    Ok(())
}

/// Where the page's files are. Without them the page would be bare and dead, so they are looked for before the start.
fn site() -> Result<LeptosOptions, CommandError> {
    if !Path::new(RUNTIME_FILE).is_file() {
        let must_be = "start the program in the folder that holds it";
        return Err(CommandError::NoSite { path: RUNTIME_FILE.to_owned(), must_be });
    }
    let site = get_configuration(Some(RUNTIME_FILE))?.leptos_options;
    let package = Path::new(&*site.site_root).join(&*site.site_pkg_dir);
    if !package.is_dir() {
        let must_be = "LEPTOS_SITE_ROOT or site-root in Leptos.toml must name the folder of the built page";
        return Err(CommandError::NoSite { path: package.display().to_string(), must_be });
    }
    let hashes = std::env::current_exe()?.with_file_name(&*site.hash_file);
    if site.hash_files && !hashes.is_file() {
        let must_be = "it must stand beside the program, where the build put it";
        return Err(CommandError::NoSite { path: hashes.display().to_string(), must_be });
    }
    Ok(site)
}
