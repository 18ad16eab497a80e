//! Gives a user another password.

use leptos::prelude::*;

use crate::api::failure::Failure;
use crate::model::administration::Done;

/// Gives a user a new password, which is told only here, and ends their sessions. 404 if there is no such user. Asks for an
/// administrator.
#[server(name = ResetPassword, prefix = "/fn", endpoint = "reset_password")]
pub async fn reset_password(
    /// The user.
    name: String,
) -> Result<Done, Failure> {
    use crate::model::user::Role;
    use crate::server::administration;
    use crate::server::auth::guard;

    let access = guard::require(Role::Admin)?;
    Ok(administration::reset_password(&access.state, &access.actor, &name).await?)
}
