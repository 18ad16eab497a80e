//! Makes an API token useless.

use leptos::prelude::*;

use crate::api::failure::Failure;
use crate::model::administration::Done;

/// Revokes a token; streams that were opened with it end within seconds. 404 if there is no such token. Asks for an
/// administrator.
#[server(name = RevokeToken, prefix = "/fn", endpoint = "revoke_token")]
pub async fn revoke_token(
    /// The token, as the list names it.
    id: String,
) -> Result<Done, Failure> {
    use crate::model::user::Role;
    use crate::server::administration;
    use crate::server::auth::guard;

    let access = guard::require(Role::Admin)?;
    Ok(administration::revoke_token(&access.state, &access.actor, &id).await?)
}
