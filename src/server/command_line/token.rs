//! `service-manager token`: how scripts are let in.

use clap::Subcommand;
use secrecy::ExposeSecret;

use crate::model::user::Role;
use crate::server::auth::actor::Actor;
use crate::server::auth::tokens::{Tokens, id_of};
use crate::server::command_line::output::{moment, say, table};
use crate::server::command_line::{CommandError, role, user_name};
use crate::server::config::Config;
use crate::server::redis::Redis;

/// What can be done with API tokens.
#[derive(Debug, Subcommand)]
pub enum TokenCommand {
    /// Make a token; it is printed once, alone on standard output
    Create {
        /// Whose it is; it never may do more than they
        #[arg(long, value_parser = user_name)]
        user: String,
        /// What it is for, in 1 to 64 characters
        #[arg(long)]
        name: String,
        /// What it may do at most; the user's own role unless given
        #[arg(long, value_parser = role())]
        role: Option<Role>,
    },
    /// List all tokens: id, user, name, role, when made and last used
    List,
    /// Make a token useless at once
    Revoke {
        /// The token's id, as `token list` shows it
        id: String,
    },
}

/// Does what was asked.
pub async fn run(config: Config, command: TokenCommand) -> Result<(), CommandError> {
    let tokens = Tokens::new(Redis::new(config.redis)?).in_hands_of(Actor::command_line());
    match command {
        TokenCommand::Create { user, name, role } => {
            let token = tokens.create(&user, &name, role).await?;
            // A token that nobody was told is of no use, and must not stay.
            if let Err(error) = say(token.expose_secret()) {
                tokens.revoke(&id_of(&token)).await?;
                return Err(error.into());
            }
        }
        TokenCommand::List => {
            let entries = tokens.list().await?.into_iter().map(|entry| {
                let used = entry.used.map_or_else(|| "never".to_owned(), moment);
                [entry.id, entry.user, entry.name, entry.role.to_string(), moment(entry.created), used]
            });
            table(["ID", "USER", "NAME", "ROLE", "CREATED", "LAST USED"], entries.collect())?;
        }
        TokenCommand::Revoke { id } => {
            tokens.revoke(&id).await?;
            say(&format!("revoked {id}"))?;
        }
    }
    Ok(())
}
