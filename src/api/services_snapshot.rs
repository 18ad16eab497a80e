//! All services at this moment: what the first HTML of the table is made from.

use leptos::prelude::*;

use crate::api::error::ApiError;
use crate::model::event::ServicesSnapshot;

/// Every service with the position to resume the stream from. Asks for a viewer.
#[server(name = ReadServicesSnapshot, prefix = "/fn", endpoint = "services_snapshot")]
pub async fn services_snapshot() -> Result<ServicesSnapshot, ApiError> {
    use crate::model::user::Role;
    use crate::server::auth::guard;

    let access = guard::require(Role::Viewer)?;
    Ok(access.state.hub.snapshot())
}
