//! Ends a session.

use leptos::prelude::*;

use crate::api::failure::Failure;
use crate::model::administration::Done;

/// Ends one session of a user, and its streams within seconds. 404 if there is no such session. Asks for an administrator.
#[server(name = EndSession, prefix = "/fn", endpoint = "end_session")]
pub async fn end_session(
    /// Whose it is.
    user: String,
    /// The session, as the list names it.
    id: String,
) -> Result<Done, Failure> {
    use crate::model::user::Role;
    use crate::server::administration;
    use crate::server::auth::guard;

    let access = guard::require(Role::Admin)?;
    Ok(administration::end_session(&access.state, &access.actor, &user, &id).await?)
}
