//! Forgets a service.

use leptos::prelude::*;

use crate::api::failure::Failure;
use crate::model::administration::Done;
use crate::model::service::ServiceId;

/// Forgets a service with its status and history; every page loses its row. 404 if it is not known, 409 for a service of this
/// program. Asks for an administrator.
#[server(name = ForgetService, prefix = "/fn", endpoint = "forget_service")]
pub async fn forget_service(
    /// Which one.
    service: ServiceId,
) -> Result<Done, Failure> {
    use crate::model::user::Role;
    use crate::server::administration;
    use crate::server::auth::guard;

    let access = guard::require(Role::Admin)?;
    Ok(administration::forget_service(&access.state, &access.actor, service).await?)
}
