//! What happened to one service besides what it reports.

use leptos::prelude::*;

use crate::api::error::ApiError;
use crate::model::service::ServiceId;
use crate::model::service_events::ServiceEvents;

/// A service's latest runs, and what operators asked of it since that moment. Asks for a viewer.
#[server(name = ReadServiceEvents, prefix = "/fn", endpoint = "service_events")]
pub async fn service_events(
    /// The service.
    service: ServiceId,
    /// Since when, in ms by Redis's clock.
    since: u64,
) -> Result<ServiceEvents, ApiError> {
    use crate::model::user::Role;
    use crate::server::auth::guard;
    use crate::server::history::events;

    let access = guard::require(Role::Viewer)?;
    events::read(&access.state, service, since).await
}
