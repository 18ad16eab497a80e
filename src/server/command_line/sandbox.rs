//! `service-manager sandbox`: made-up core banking data, and how they are given.

use std::net::SocketAddr;
use std::time::Duration;

use clap::{Args, Subcommand};
use reqwest::Method;
use secrecy::ExposeSecret;

use crate::server::command_line::output::table;
use crate::server::command_line::{CommandError, listen, loopback};
use crate::server::config::SandboxConfig;
use crate::server::core_banking::client::reason;
use crate::server::core_banking::sandbox;
use crate::server::core_banking::sandbox::behaviour::{Behaviour, BehaviourChange, LONGEST_LATENCY_MS};
use crate::server::shutdown;

/// How long the sandbox's answer may take, connecting included.
const LONGEST_WAIT: Duration = Duration::from_secs(3);

/// What can be done with a sandbox that runs.
#[derive(Debug, Subcommand)]
pub enum SandboxCommand {
    /// Show how the sandbox on SANDBOX_ADDR behaves
    Show,
    /// Make the sandbox on SANDBOX_ADDR slow, fail, lie or go away; what is left out stays as it is
    Set(Changes),
}

/// What to change of its behaviour.
#[derive(Debug, Args)]
#[group(required = true, multiple = true)]
pub struct Changes {
    /// Hold each answer back for so many ms, 0 to 60000
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(..=LONGEST_LATENCY_MS))]
    latency_ms: Option<u64>,
    /// Answer this share of questions with 503, 0 to 1
    #[arg(long, value_name = "RATE", value_parser = rate)]
    error_rate: Option<f64>,
    /// Break the contract in this share of answers, 0 to 1: cut off, no JSON, numbers for texts, without end, a page that
    /// leads to itself
    #[arg(long, value_name = "RATE", value_parser = rate)]
    malformed_rate: Option<f64>,
    /// End every connection without an answer
    #[arg(long)]
    down: bool,
    /// Answer again
    #[arg(long, conflicts_with = "down")]
    up: bool,
}

impl Changes {
    fn change(&self) -> BehaviourChange {
        BehaviourChange {
            latency_ms: self.latency_ms,
            error_rate: self.error_rate,
            malformed_rate: self.malformed_rate,
            down: (self.down || self.up).then_some(self.down),
        }
    }
}

/// Serves until SIGTERM or SIGINT, or does what was asked with a sandbox that runs.
pub async fn run(config: SandboxConfig, command: Option<SandboxCommand>) -> Result<(), CommandError> {
    let behaviour = match command {
        None => return serve(config).await,
        Some(SandboxCommand::Show) => ask(&config, Method::GET, None).await?,
        Some(SandboxCommand::Set(changes)) => ask(&config, Method::PATCH, Some(changes.change())).await?,
    };
    let state = if behaviour.down { "down" } else { "up" };
    let row = [
        state.to_owned(),
        format!("{} ms", behaviour.latency_ms),
        behaviour.error_rate.to_string(),
        behaviour.malformed_rate.to_string(),
    ];
    Ok(table(["STATE", "LATENCY", "ERRORS", "MALFORMED"], vec![row])?)
}

async fn serve(config: SandboxConfig) -> Result<(), CommandError> {
    let shutdown = shutdown::on_signal()?;
    let listener = listen("SANDBOX_ADDR", &config.address).await?;
    tracing::info!(customers = config.customers, "serving sandbox data on {}", config.address);
    sandbox::serve(listener, config, shutdown).await;
    Ok(())
}

async fn ask(
    config: &SandboxConfig,
    method: Method,
    change: Option<BehaviourChange>,
) -> Result<Behaviour, CommandError> {
    let address = config
        .address
        .parse::<SocketAddr>()
        .map_or_else(|_| config.address.clone(), |address| loopback(address).to_string());
    let no_sandbox = |reason: String| CommandError::NoSandbox { address: address.clone(), reason };
    // An error says that a provider is installed already, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let asked = async {
        let client = reqwest::Client::builder().no_proxy().timeout(LONGEST_WAIT).build()?;
        let mut request = client.request(method, format!("http://{address}{}", sandbox::BEHAVIOUR_PATH));
        if let Some(token) = &config.token {
            request = request.bearer_auth(token.expose_secret());
        }
        if let Some(change) = change {
            request = request.json(&change);
        }
        request.send().await
    };
    let answer = asked.await.map_err(|error| no_sandbox(reason(&error)))?;
    if !answer.status().is_success() {
        return Err(no_sandbox(format!("answered {}", answer.status())));
    }
    answer.json().await.map_err(|error| no_sandbox(reason(&error)))
}

fn rate(text: &str) -> Result<f64, String> {
    let rate = text.parse().ok().filter(|rate| (0.0..=1.0).contains(rate));
    rate.ok_or_else(|| "a share is a number from 0 to 1, such as 0.2".to_owned())
}
