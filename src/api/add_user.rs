//! Adds somebody who may sign in.

use leptos::prelude::*;

use crate::api::failure::Failure;
use crate::model::administration::Done;
use crate::model::user::Role;

/// Adds a user, whose password is told only here. 409 if there is such a user, 422 for a name that breaks the rule. Asks for
/// an administrator.
#[server(name = AddUser, prefix = "/fn", endpoint = "add_user")]
pub async fn add_user(
    /// The name they sign in with.
    name: String,
    /// What they may do.
    role: Role,
) -> Result<Done, Failure> {
    use crate::server::administration;
    use crate::server::auth::guard;

    let access = guard::require(Role::Admin)?;
    Ok(administration::add_user(&access.state, &access.actor, &name, role).await?)
}
