//! One service's history, reduced for its charts.

use leptos::prelude::*;

use crate::api::error::ApiError;
use crate::model::timeline::{TimeRange, Timeline};

/// States and queues over a range that ends now; 404 for a service that nobody knows, which is the page's status as well.
/// Asks for a viewer.
#[server(name = ReadServiceTimeline, prefix = "/fn", endpoint = "service_timeline")]
pub async fn service_timeline(
    /// The service's id.
    service: String,
    /// How far back.
    #[server(default)]
    range: TimeRange,
) -> Result<Timeline, ApiError> {
    use crate::model::service::ServiceId;
    use crate::model::user::Role;
    use crate::server::auth::guard;
    use crate::server::page;

    let access = guard::require(Role::Viewer)?;
    let hub = &access.state.hub;
    let Some(view) = ServiceId::parse(&service).ok().and_then(|service| hub.view(service)) else {
        return Err(page::not_found(format!("Service {service}")));
    };
    access.state.history.timeline(&view, range, hub.now()).await.map_err(|error| {
        tracing::error!(service.id = %view.id, %error, "history could not be read");
        ApiError::Unavailable
    })
}
