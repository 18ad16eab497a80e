//! Keeps a user out, or lets them in again.

use leptos::prelude::*;

use crate::api::failure::Failure;
use crate::model::administration::Done;

/// Keeps a user out, with their sessions and tokens, or lets them in again. 404 if there is no such user, 409 for the last
/// administrator. Asks for an administrator.
#[server(name = SetUserDisabled, prefix = "/fn", endpoint = "set_user_disabled")]
pub async fn set_user_disabled(
    /// The user.
    name: String,
    /// Whether they are kept out.
    disabled: bool,
) -> Result<Done, Failure> {
    use crate::model::user::Role;
    use crate::server::administration;
    use crate::server::auth::guard;

    let access = guard::require(Role::Admin)?;
    Ok(administration::set_disabled(&access.state, &access.actor, &name, disabled).await?)
}
