//! One page of the bank's users with their accounts.

use leptos::prelude::*;

use crate::api::error::ApiError;
use crate::model::account_list::AccountsPage;

/// How many users a page shows.
pub const USERS_PER_PAGE: usize = 50;

/// Users by number, name, customer id or the number of an account of theirs, in the order of their numbers; all of them
/// for an empty query. Asks for a viewer.
#[server(name = ReadAccountsPage, prefix = "/fn", endpoint = "accounts_page")]
pub async fn accounts_page(
    /// What to search for.
    q: String,
    /// The number of the last user of the page before; 0 for the first page.
    after: u64,
) -> Result<AccountsPage, ApiError> {
    use crate::model::user::Role;
    use crate::server::auth::guard;

    let access = guard::require(Role::Viewer)?;
    access.state.bank.page(&q, after, USERS_PER_PAGE).await.map_err(|error| {
        tracing::error!(%error, "accounts could not be listed");
        ApiError::Unavailable
    })
}
