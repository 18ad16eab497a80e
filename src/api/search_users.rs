//! Finds the user an operator wants to sync.

use leptos::prelude::*;

use crate::api::error::ApiError;
use crate::model::account::BankUser;

/// How many users one search answers: as many as a dialog can show without paging.
pub const MOST_USERS: usize = 20;

/// Users by number, name or customer id, in the order of their numbers; the first ones for an empty query.
/// Asks for an operator.
#[server(name = SearchUsers, prefix = "/fn", endpoint = "search_users")]
pub async fn search_users(
    /// What to search for.
    query: String,
) -> Result<Vec<BankUser>, ApiError> {
    use crate::model::user::Role;
    use crate::server::auth::guard;

    let access = guard::require(Role::Operator)?;
    access.state.bank.search(query.trim(), MOST_USERS).await.map_err(|error| {
        tracing::error!(error = %error, "users could not be searched");
        ApiError::Unavailable
    })
}
