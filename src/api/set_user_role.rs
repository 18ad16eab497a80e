//! Gives a user another role.

use leptos::prelude::*;

use crate::api::failure::Failure;
use crate::model::administration::Done;
use crate::model::user::Role;

/// Gives a user another role and ends their sessions. 404 if there is no such user, 409 for the last administrator. Asks for
/// an administrator.
#[server(name = SetUserRole, prefix = "/fn", endpoint = "set_user_role")]
pub async fn set_user_role(
    /// The user.
    name: String,
    /// What they may do from now on.
    role: Role,
) -> Result<Done, Failure> {
    use crate::server::administration;
    use crate::server::auth::guard;

    let access = guard::require(Role::Admin)?;
    Ok(administration::set_role(&access.state, &access.actor, &name, role).await?)
}
