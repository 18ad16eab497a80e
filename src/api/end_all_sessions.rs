//! Ends all sessions of a user.

use leptos::prelude::*;

use crate::api::failure::Failure;
use crate::model::administration::Done;

/// Ends all sessions of a user, and their streams within seconds. Asks for an administrator.
#[server(name = EndAllSessions, prefix = "/fn", endpoint = "end_all_sessions")]
pub async fn end_all_sessions(
    /// Whose they are.
    user: String,
) -> Result<Done, Failure> {
    use crate::model::user::Role;
    use crate::server::administration;
    use crate::server::auth::guard;

    let access = guard::require(Role::Admin)?;
    Ok(administration::end_all_sessions(&access.state, &access.actor, &user).await?)
}
