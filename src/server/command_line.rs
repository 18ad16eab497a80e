//! The command line: what can be run, and with what.

use clap::{Parser, Subcommand};

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
        role: crate::model::user::Role,
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
