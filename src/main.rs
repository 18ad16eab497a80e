//! The command line: reads what to run and with which settings, and hands over.

use std::process::ExitCode;

use clap::Parser;
use service_manager::server::command_line::output;
use service_manager::server::command_line::{
    Command, CommandError, CommandLine, healthcheck, sandbox, serve, token, user, worker,
};
use service_manager::server::config::Config;
use service_manager::server::telemetry;

/// Exits with 0, with 1 if it failed, and with 2 if it was called wrongly.
#[tokio::main]
async fn main() -> ExitCode {
    let command_line = CommandLine::parse();
    match run(command_line.command).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            output::complain(&error);
            ExitCode::FAILURE
        }
    }
}

async fn run(command: Command) -> Result<(), CommandError> {
    let config = Config::from_env()?;
    let own_lines = telemetry::start(&config.log)?;
    match command {
        Command::Serve { no_worker } => serve::run(config, (!no_worker).then_some(own_lines)).await,
        Command::Worker => worker::run(config, own_lines).await,
        Command::Sandbox { command } => sandbox::run(config.sandbox, command).await,
        Command::Healthcheck => healthcheck::run(config.site_address).await,
        Command::User(command) => user::run(config, command).await,
        Command::Token(command) => token::run(config, command).await,
    }
}
