//! The command line: what can be run, and with what.

pub mod sandbox;
pub mod serve;
pub mod user;
pub mod worker;

use std::io;
use std::net::SocketAddr;

use clap::{Parser, Subcommand};
use tokio::net::TcpListener;

use crate::model::user::Role;
use crate::server::application::BuildError;
use crate::server::auth::users::UserError;
use crate::server::config::ConfigError;
use crate::server::core_banking::client::CoreBankingError;

/// Shows a back office's background services live, and controls them.
#[derive(Debug, Parser)]
#[command(name = "service-manager", version, arg_required_else_help = true)]
pub struct CommandLine {
    /// What to run.
    #[command(subcommand)]
    pub command: Command,
}

/// What can be run.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve the page and, unless told otherwise, run the services beside it
    Serve {
        /// Leave the services to a `worker` elsewhere
        #[arg(long)]
        no_worker: bool,
    },
    /// Run the services without the page
    Worker,
    /// Serve made-up core banking data on SANDBOX_ADDR, for trying and testing
    Sandbox,
    /// Manage who may sign in
    #[command(subcommand)]
    User(UserCommand),
}

/// What can be done with users.
#[derive(Debug, Subcommand)]
pub enum UserCommand {
    /// Add a user; the password is read from standard input, or generated and printed once
    Add {
        /// 1 to 64 of a-z, 0-9, '.', '_' and '-'
        name: String,
        /// viewer, operator or admin
        #[arg(long)]
        role: Role,
    },
    /// List all users with their roles
    List,
    /// Keep a user from signing in, and end their sessions
    Disable {
        /// The user's name
        name: String,
    },
    /// Change a user's password; it is read from standard input, or generated and printed once
    Passwd {
        /// The user's name
        name: String,
    },
}

/// Why a command failed, in one line for whoever called it.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// A setting cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// `RUST_LOG` cannot be used.
    #[error("RUST_LOG: {0}")]
    Log(#[from] tracing_subscriber::filter::ParseError),
    /// A file or folder that the page needs is not there.
    #[error("{path} is not there; {must_be}")]
    NoSite {
        /// What was looked for.
        path: String,
        /// Where it should be and how it gets there.
        must_be: &'static str,
    },
    /// The runtime file cannot be used.
    #[error("Leptos.toml: {0}")]
    Site(#[from] leptos::config::errors::LeptosConfigError),
    /// Redis did not answer or refused.
    #[error("Redis: {0}")]
    Redis(#[from] redis::RedisError),
    /// The metrics cannot be set up.
    #[error("metrics: {0}")]
    Metrics(#[from] prometheus::Error),
    /// The instance cannot be put together.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// The users cannot be read or changed.
    #[error(transparent)]
    Users(#[from] UserError),
    /// The way to the core banking system cannot be prepared.
    #[error("core banking: {0}")]
    CoreBanking(#[from] CoreBankingError),
    /// The address cannot be listened on.
    #[error("{name}: {address} cannot be listened on: {cause}")]
    Listen {
        /// The setting that names the address.
        name: &'static str,
        /// The address.
        address: SocketAddr,
        /// What the system said.
        cause: io::Error,
    },
    /// Something else the system refused.
    #[error("{0}")]
    Io(#[from] io::Error),
}

/// Listens on the address that the setting `name` gave.
async fn listen(name: &'static str, address: SocketAddr) -> Result<TcpListener, CommandError> {
    TcpListener::bind(address).await.map_err(|cause| CommandError::Listen { name, address, cause })
}
