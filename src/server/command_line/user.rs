//! `service-manager user`: who may sign in.

use std::io::{BufRead, IsTerminal, Read};

use clap::Subcommand;
use secrecy::{ExposeSecret, SecretString};

use crate::model::user::Role;
use crate::server::auth::actor::Actor;
use crate::server::auth::passwords;
use crate::server::auth::users::Users;
use crate::server::command_line::output::{say, table};
use crate::server::command_line::{CommandError, role, user_name};
use crate::server::config::Config;
use crate::server::redis::Redis;

/// Bytes read of standard input for a password: more than the longest one has.
const LONGEST_LINE: u64 = 1_024;

/// What can be done with users.
#[derive(Debug, Subcommand)]
pub enum UserCommand {
    /// Add a user; the password is read from standard input, or generated and printed once
    Add {
        /// 1 to 64 of a-z, 0-9, '.', '_' and '-'
        #[arg(value_parser = user_name)]
        name: String,
        /// What they may do; each role may do all that the ones before it may
        #[arg(long, value_parser = role())]
        role: Role,
    },
    /// List all users: name, role, and whether they may come in
    List,
    /// Keep a user out, end their sessions and make their tokens useless
    Disable {
        /// The user's name
        #[arg(value_parser = user_name)]
        name: String,
    },
    /// Let a disabled user in again
    Enable {
        /// The user's name
        #[arg(value_parser = user_name)]
        name: String,
    },
    /// Change a user's password and end their sessions; it is read from standard input, or generated and printed once
    Passwd {
        /// The user's name
        #[arg(value_parser = user_name)]
        name: String,
    },
}

/// Does what was asked and says so on standard output.
pub async fn run(config: Config, command: UserCommand) -> Result<(), CommandError> {
    let users = Users::new(Redis::new(config.redis)?).in_hands_of(Actor::command_line());
    match command {
        UserCommand::Add { name, role } => {
            let password = Password::given_or_generated()?;
            users.add(&name, role, password.secret.clone()).await?;
            password.report(&format!("added {name} ({role})"))?;
        }
        UserCommand::List => {
            let accounts = users.list().await?.into_iter().map(|account| {
                let state = if account.disabled { "disabled" } else { "enabled" };
                [account.name, account.role.to_string(), state.to_owned()]
            });
            table(["NAME", "ROLE", "STATE"], accounts.collect())?;
        }
        UserCommand::Disable { name } => {
            users.set_disabled(&name, true).await?;
            say(&format!("disabled {name}"))?;
        }
        UserCommand::Enable { name } => {
            users.set_disabled(&name, false).await?;
            say(&format!("enabled {name}"))?;
        }
        UserCommand::Passwd { name } => {
            let password = Password::given_or_generated()?;
            users.set_password(&name, password.secret.clone()).await?;
            password.report(&format!("changed the password of {name}"))?;
        }
    }
    Ok(())
}

/// A password, and whether whoever called has yet to be told it.
struct Password {
    secret: SecretString,
    is_generated: bool,
}

impl Password {
    /// The first line of standard input, unless that is a terminal or empty.
    fn given_or_generated() -> Result<Self, CommandError> {
        let input = std::io::stdin();
        let mut line = Vec::new();
        if !input.is_terminal() {
            input.lock().take(LONGEST_LINE).read_until(b'\n', &mut line)?;
        }
        let line = String::from_utf8(line).map_err(|_| std::io::Error::other("the password is not UTF-8 text"))?;
        let given = line.trim_end_matches(['\r', '\n']);
        if given.is_empty() {
            return Ok(Self { secret: passwords::generated(), is_generated: true });
        }
        Ok(Self { secret: SecretString::from(given), is_generated: false })
    }

    fn report(&self, done: &str) -> Result<(), CommandError> {
        say(done)?;
        if self.is_generated {
            say(&format!("password: {}", self.secret.expose_secret()))?;
        }
        Ok(())
    }
}
