//! One of the bank's users with their accounts, for a page that heard that there is news of them.

use leptos::prelude::*;

use crate::api::error::ApiError;
use crate::model::account_list::UserAccounts;

/// The user and their accounts; 404 for a user that discovery has not met. Asks for a viewer.
#[server(name = ReadUserAccounts, prefix = "/fn", endpoint = "user_accounts")]
pub async fn user_accounts(
    /// The user's number.
    user_id: u64,
) -> Result<UserAccounts, ApiError> {
    use crate::model::user::Role;
    use crate::server::auth::guard;

    let access = guard::require(Role::Viewer)?;
    let found = access.state.bank.with_accounts(user_id).await.map_err(|error| {
        tracing::error!(user.id = user_id, %error, "accounts could not be read");
        ApiError::Unavailable
    })?;
    found.ok_or_else(|| ApiError::NotFound { what: format!("User {user_id}") })
}
