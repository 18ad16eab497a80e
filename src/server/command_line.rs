//! The command line: what can be run, and with what.

pub mod healthcheck;
pub mod output;
pub mod sandbox;
pub mod serve;
pub mod token;
pub mod user;
pub mod worker;

use std::fmt::Display;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Parser, Subcommand};
use redis::ErrorKind;
use tokio::net::{TcpListener, TcpSocket, ToSocketAddrs, lookup_host};

use crate::model::user::{Role, is_user_name};
use crate::server::application::BuildError;
use crate::server::auth::tokens::TokenError;
use crate::server::auth::users::UserError;
use crate::server::command_line::sandbox::SandboxCommand;
use crate::server::command_line::token::TokenCommand;
use crate::server::command_line::user::UserCommand;
use crate::server::config::ConfigError;
use crate::server::core_banking::client::CoreBankingError;

/// Shows a back office's background services live, and controls them.
#[derive(Debug, Parser)]
#[command(name = "service-manager", version, arg_required_else_help = true, after_help = SETTINGS)]
pub struct CommandLine {
    /// What to run.
    #[command(subcommand)]
    pub command: Command,
}

/// Where settings come from, for whoever reads the help.
const SETTINGS: &str = "Settings come from environment variables and, below them, from the file .env in the working \
                        directory; .env.example explains each.\n\
                        Exit status: 0 done, 1 failed, 2 called wrongly.";

/// How many connections may wait to be taken in: when a server comes back, all its pages do at once, and whoever finds no
/// place tries again only after a second or more. The system may set a lower bound.
const BACKLOG: u32 = 4_096;

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
    /// Serve made-up core banking data on SANDBOX_ADDR, for trying and testing; or change how they are given
    Sandbox {
        /// What to do with a sandbox that runs; without one, a sandbox is served
        #[command(subcommand)]
        command: Option<SandboxCommand>,
    },
    /// Ask the server on LEPTOS_SITE_ADDR whether it runs, and exit with 0 or 1
    Healthcheck,
    /// Manage who may sign in
    #[command(subcommand)]
    User(UserCommand),
    /// Manage the API tokens of scripts
    #[command(subcommand)]
    Token(TokenCommand),
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
    /// The API tokens cannot be read or changed.
    #[error(transparent)]
    Tokens(#[from] TokenError),
    /// The way to the core banking system cannot be prepared.
    #[error("core banking: {0}")]
    CoreBanking(#[from] CoreBankingError),
    /// The server does not answer as one that runs.
    #[error("{url}: {reason}")]
    Unhealthy {
        /// What was asked for.
        url: String,
        /// What came instead.
        reason: String,
    },
    /// No sandbox can be spoken to.
    #[error("no sandbox answers at {address}: {reason}")]
    NoSandbox {
        /// Where it was looked for.
        address: String,
        /// What came instead.
        reason: String,
    },
    /// The address cannot be listened on.
    #[error("{name}: {address} cannot be listened on: {cause}")]
    Listen {
        /// The setting that names the address.
        name: &'static str,
        /// The address.
        address: String,
        /// What the system said.
        cause: io::Error,
    },
    /// Something else the system refused.
    #[error("{0}")]
    Io(#[from] io::Error),
}

impl CommandError {
    /// What whoever called may do about it.
    pub fn tip(&self) -> Option<String> {
        match self {
            Self::Redis(error) | Self::Users(UserError::Redis(error)) | Self::Tokens(TokenError::Redis(error)) => {
                Some(redis_tip(error).to_owned())
            }
            Self::Tokens(TokenError::Disabled(name)) => {
                Some(format!("`service-manager user enable {name}` lets them in again"))
            }
            Self::Users(UserError::Exists(name)) => {
                Some(format!("`service-manager user passwd {name}` changes their password"))
            }
            Self::Users(UserError::Unknown(_)) | Self::Tokens(TokenError::UnknownUser(_)) => {
                Some("`service-manager user list` shows who there is".to_owned())
            }
            Self::Tokens(TokenError::Unknown(_)) => Some("`service-manager token list` shows their ids".to_owned()),
            Self::NoSandbox { .. } => Some(
                "`service-manager sandbox` serves one; SANDBOX_ADDR says where it is, and it asks for CORE_BANKING_TOKEN if \
                 that is set"
                    .to_owned(),
            ),
            Self::Listen { name, .. } => Some(format!("end the program that listens there, or set {name} to another")),
            _ => None,
        }
    }
}

fn redis_tip(error: &redis::RedisError) -> &'static str {
    match error.kind() {
        ErrorKind::AuthenticationFailed => "see REDIS_PASSWORD, or the file that REDIS_PASSWORD_FILE names",
        ErrorKind::InvalidClientConfig => "see whether the file that REDIS_PASSWORD_FILE names can be read",
        _ => "see whether the Redis runs that the REDIS_ settings name",
    }
}

/// Reads a role, and lists all of them where it is none.
fn role() -> impl TypedValueParser<Value = Role> {
    PossibleValuesParser::new(Role::ALL.map(Role::name)).try_map(|name| name.parse::<Role>())
}

/// Reads a name that a user can have.
fn user_name(text: &str) -> Result<String, UserError> {
    if is_user_name(text) { Ok(text.to_owned()) } else { Err(UserError::Name) }
}

/// Listens on the address that the setting `name` gave.
async fn listen(name: &'static str, address: impl ToSocketAddrs + Display) -> Result<TcpListener, CommandError> {
    let text = address.to_string();
    bind(address).await.map_err(|cause| CommandError::Listen { name, address: text, cause })
}

/// Listens on the first of these addresses that can be had.
async fn bind(addresses: impl ToSocketAddrs) -> io::Result<TcpListener> {
    let mut failure = io::Error::new(io::ErrorKind::InvalidInput, "the name has no address");
    for address in lookup_host(addresses).await? {
        let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() };
        let listening = socket.and_then(|socket| {
            socket.set_reuseaddr(true)?;
            socket.bind(address)?;
            socket.listen(BACKLOG)
        });
        match listening {
            Ok(listener) => return Ok(listener),
            Err(error) => failure = error,
        }
    }
    Err(failure)
}

/// A server that listens on every address is asked by loopback.
fn loopback(mut address: SocketAddr) -> SocketAddr {
    match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => address.set_ip(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(ip) if ip.is_unspecified() => address.set_ip(Ipv6Addr::LOCALHOST.into()),
        _ => {}
    }
    address
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_on_every_address_is_asked_by_loopback() {
        for (listens, asked) in [
            ("0.0.0.0:3000", "127.0.0.1:3000"),
            ("[::]:3000", "[::1]:3000"),
            ("127.0.0.1:3000", "127.0.0.1:3000"),
            ("192.0.2.7:80", "192.0.2.7:80"),
        ] {
            let listens = listens.parse().expect("an address");
            assert_eq!(loopback(listens).to_string(), asked);
        }
    }
}
