//! Services: forgetting one that is of the past.

use crate::api::error::ApiError;
use crate::model::administration::Done;
use crate::model::audit::Action;
use crate::model::service::{BuiltIn, ServiceId};
use crate::server::administration::unavailable;
use crate::server::application::AppState;
use crate::server::auth::actor::Actor;

/// Forgets a service with all that it said. 404 if it is not known, 409 for one of our own, which are always there.
pub async fn forget_service(state: &AppState, actor: &Actor, service: ServiceId) -> Result<Done, ApiError> {
    let intent = actor.intends(Action::ServiceForget, service);
    if BuiltIn::of(service).is_some() {
        let reason = format!("{service} is a service of this program and is always there.");
        return Err(state.audit.refuse(intent, ApiError::Conflict { reason }).await);
    }
    if state.event_log.forget(service, &intent).await.map_err(|error| unavailable(&error))? {
        // Other instances forget within ten minutes what it measured.
        state.dashboard.measurements().forget(service);
        Ok(Done::said(format!("{service} is forgotten.")))
    } else {
        Err(ApiError::NotFound { what: format!("Service {service}") })
    }
}
