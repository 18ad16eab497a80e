//! What administrators see besides what everybody sees.

use leptos::prelude::*;

use crate::api::error::ApiError;
use crate::model::administration::Administration;

/// Users, sessions, tokens and refused messages. Asks for an administrator.
#[server(name = ReadAdministration, prefix = "/fn", endpoint = "administration")]
pub async fn administration() -> Result<Administration, ApiError> {
    use crate::model::user::Role;
    use crate::server::administration;
    use crate::server::auth::guard;

    let access = guard::require(Role::Admin)?;
    administration::read(&access.state, &access.identity).await
}
