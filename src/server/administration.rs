//! What administrators do from the page: users, sessions, tokens, and services of the past.
//!
//! Who sets out to do it is in the audit before it takes effect, by the script that does it. What is refused before a script
//! is asked is written down here.

mod refusals;
mod services;
mod sessions;
mod tokens;
mod users;

use std::error::Error;

use crate::api::error::ApiError;
use crate::model::administration::{Administration, UserEntry};
use crate::model::user::Role;
use crate::server::application::AppState;
use crate::server::auth::credentials::{Credential, Identity};
use crate::server::auth::users::Account;

pub use services::forget_service;
pub use sessions::{end_all_sessions, end_session};
pub use tokens::{create_token, revoke_token};
pub use users::{add_user, reset_password, set_disabled, set_role};

/// All that the page shows.
pub async fn read(state: &AppState, identity: &Identity) -> Result<Administration, ApiError> {
    let own = match &identity.credential {
        Credential::Session(key) => Some(key),
        Credential::Token(_) => None,
    };
    let users = state.users.list().await.map_err(|error| unavailable(&error))?;
    Ok(Administration {
        users: entries(users, &identity.user.name),
        sessions: state.sessions.list(own).await.map_err(|error| unavailable(&error))?,
        tokens: state.tokens.list().await.map_err(|error| unavailable(&error))?,
        rejected: state.event_log.rejected_count().await.map_err(|error| unavailable(&error))?,
        samples: state.event_log.samples().await.map_err(|error| unavailable(&error))?,
    })
}

fn entries(users: Vec<Account>, own: &str) -> Vec<UserEntry> {
    let may_administer = |user: &Account| user.role == Role::Admin && !user.disabled;
    let is_one_left = users.iter().filter(|user| may_administer(user)).count() == 1;
    users
        .into_iter()
        .map(|user| UserEntry {
            is_own: user.name == own,
            is_last_admin: is_one_left && may_administer(&user),
            name: user.name,
            role: user.role,
            disabled: user.disabled,
        })
        .collect()
}

/// What is to be administered cannot be reached.
fn unavailable(error: &dyn Error) -> ApiError {
    tracing::error!(error = %error, "what is administered cannot be reached");
    ApiError::Unavailable
}
