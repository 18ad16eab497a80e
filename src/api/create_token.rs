//! Makes an API token.

use leptos::prelude::*;

use crate::api::failure::Failure;
use crate::model::administration::Done;
use crate::model::user::Role;

/// Makes a token, which is told only here. 404 if there is no such user, 409 if they are disabled, 422 for a name or a role
/// that breaks the rule. Asks for an administrator.
#[server(name = CreateToken, prefix = "/fn", endpoint = "create_token")]
pub async fn create_token(
    /// Whose it will be.
    user: String,
    /// What it is for.
    name: String,
    /// What it may do at most.
    role: Role,
) -> Result<Done, Failure> {
    use crate::server::administration;
    use crate::server::auth::guard;

    let access = guard::require(Role::Admin)?;
    Ok(administration::create_token(&access.state, &access.actor, &user, &name, role).await?)
}
