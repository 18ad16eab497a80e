//! `service-manager user`: who may sign in.

use std::io::{BufRead, IsTerminal, Write};

use secrecy::{ExposeSecret, SecretString};

use crate::server::auth::users::Users;
use crate::server::command_line::{CommandError, UserCommand};
use crate::server::config::Config;
use crate::server::redis::Redis;

/// Does what was asked and says so on standard output.
pub async fn run(config: Config, command: UserCommand) -> Result<(), CommandError> {
    let users = Users::new(Redis::new(config.redis)?);
    match command {
        UserCommand::Add { name, role } => {
            let password = Password::given_or_generated()?;
            users.add(&name, role, password.secret.clone()).await?;
            password.report(&format!("added {name} ({role})"))
        }
        UserCommand::List => list(&users).await,
        UserCommand::Disable { name } => {
            users.set_disabled(&name, true).await?;
            say(&format!("disabled {name}"))
        }
        UserCommand::Passwd { name } => {
            let password = Password::given_or_generated()?;
            users.set_password(&name, password.secret.clone()).await?;
            password.report(&format!("changed the password of {name}"))
        }
    }
}

async fn list(users: &Users) -> Result<(), CommandError> {
    for account in users.list().await? {
        let note = if account.disabled { "\tdisabled" } else { "" };
        say(&format!("{}\t{}{note}", account.name, account.role))?;
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
        let mut line = String::new();
        if !input.is_terminal() {
            input.lock().read_line(&mut line)?;
        }
        let given = line.trim_end_matches(['\r', '\n']);
        if given.is_empty() {
            let generated = uuid::Uuid::new_v4().simple().to_string();
            return Ok(Self { secret: SecretString::from(generated), is_generated: true });
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

/// To standard output, which may be a closed pipe.
fn say(line: &str) -> Result<(), CommandError> {
    Ok(writeln!(std::io::stdout(), "{line}")?)
}
