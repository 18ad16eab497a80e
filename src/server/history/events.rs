//! What happened to a service besides what it reports: its runs, and what was asked of it.

use crate::api::error::ApiError;
use crate::model::audit::AuditRecord;
use crate::model::audit_list::Standing;
use crate::model::service::{BuiltIn, ServiceId};
use crate::model::service_events::{OperatorAction, ServiceEvents};
use crate::server::application::AppState;
use crate::server::audit::Filter;

/// Runs that are read.
const RUNS: usize = 20;

/// Actions that are read.
const ACTIONS: usize = 100;

/// A service's latest runs, and what was asked of it from `from` on, in ms by Redis's clock. 503 while Redis is out of reach.
pub async fn read(state: &AppState, service: ServiceId, from: u64) -> Result<ServiceEvents, ApiError> {
    let runs = match BuiltIn::of(service) {
        Some(built_in) => state.runs.latest(built_in, RUNS).await.map_err(|error| unavailable(service, error))?,
        None => Vec::new(),
    };
    let filter = Filter { service: Some(service), from: Some(from), ..Filter::default() };
    let records = state.audit.read(&filter, None, ACTIONS).await.map_err(|error| unavailable(service, error))?.records;
    Ok(ServiceEvents { runs, actions: records.into_iter().filter_map(action).collect() })
}

fn action(record: AuditRecord) -> Option<OperatorAction> {
    let standing = Standing::of(&record);
    let intent = record.intent;
    Some(OperatorAction { id: record.id, action: intent.action, actor: intent.actor?, standing, reason: intent.reason })
}

fn unavailable(service: ServiceId, error: impl std::fmt::Display) -> ApiError {
    tracing::error!(service.id = %service, %error, "what happened to a service could not be read");
    ApiError::Unavailable
}
