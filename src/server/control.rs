//! Asks something of a service by a command: what the page's buttons and the API have in common.

use serde_json::value::RawValue;

use crate::api::error::ApiError;
use crate::model::audit::{Action, Intent};
use crate::model::command::{Command, CommandId};
use crate::model::event::ServiceView;
use crate::model::service::{BuiltIn, Control, ServiceId};
use crate::model::status::Freshness;
use crate::server::application::AppState;
use crate::server::auth::actor::Actor;
use crate::server::auth::credentials::Identity;
use crate::server::commands::{CommandError, Issued, Order};
use crate::server::reason;
use crate::server::trigger::key_reused;
use crate::server::worker::queue::Once;

/// The longest parameters, in bytes of JSON.
const LONGEST_PARAMS: usize = 4_096;

/// What somebody asks.
#[derive(Debug)]
pub struct Request {
    /// Of which service.
    pub service: ServiceId,
    /// What it shall do.
    pub control: Control,
    /// Why; an empty text is none.
    pub reason: Option<String>,
    /// An object for the service alone to understand.
    pub params: Option<Box<RawValue>>,
}

/// Gives the command. 404 for a service that is not known, 409 if it does not take that command, cannot follow it in its
/// present state, or has another one that has not ended, 422 for a field that breaks a rule or a key used for something else.
pub async fn command(
    state: &AppState,
    (identity, actor): (&Identity, &Actor),
    request: Request,
    once: Option<&Once>,
) -> Result<Issued, ApiError> {
    let Request { service, control, params, .. } = request;
    let reason = reason::checked(request.reason)?;
    let intent = actor.intends(Action::from(control), service).because(reason.clone());
    let intent = params.iter().fold(intent, |intent, params| intent.with("params", params));
    check_params(service, params.as_deref())?;
    let Some(view) = state.hub.view(service) else {
        return Err(refuse(state, intent, ApiError::NotFound { what: format!("Service {service}") }).await);
    };
    let freshness = view.freshness(state.hub.now());
    if let Some(obstacle) = obstacle(&view, control, freshness) {
        return Err(refuse(state, intent, ApiError::Conflict { reason: obstacle }).await);
    }
    let is_silent = freshness == Freshness::NoSignal;
    let order = Order { service, control, actor: identity.user.name.clone(), reason, params, is_silent };
    state.commands.issue(&order, &intent, once).await.map_err(|error| match error {
        CommandError::Busy { .. } => ApiError::Conflict { reason: format!("{service} is busy: its {error}.") },
        CommandError::KeyReused => key_reused(),
        error => unavailable(&error),
    })
}

/// Where a command stands. 404 for one that is not kept.
pub async fn find(state: &AppState, id: &CommandId) -> Result<Command, ApiError> {
    let found = state.commands.find(id).await.map_err(|error| unavailable(&error))?;
    found.ok_or_else(|| ApiError::NotFound { what: format!("Command {id}") })
}

async fn refuse(state: &AppState, intent: Intent, refusal: ApiError) -> ApiError {
    state.audit.refused(intent, &refusal.to_string()).await;
    refusal
}

fn obstacle(view: &ServiceView, control: Control, freshness: Freshness) -> Option<String> {
    if !view.controls.contains(&control) {
        return Some(format!("{} does not take '{}'.", view.id, control.name()));
    }
    control.obstacle(&view.state(), freshness).map(|reason| format!("{}: {reason}", view.id))
}

fn check_params(service: ServiceId, params: Option<&RawValue>) -> Result<(), ApiError> {
    let Some(params) = params else { return Ok(()) };
    let rule = if BuiltIn::of(service).is_some() {
        format!("{service} takes none")
    } else if !params.get().starts_with('{') || params.get().len() > LONGEST_PARAMS {
        format!("it must be an object of at most {LONGEST_PARAMS} bytes")
    } else {
        return Ok(());
    };
    Err(ApiError::Invalid { field: "params".to_owned(), rule })
}

fn unavailable(error: &CommandError) -> ApiError {
    tracing::error!(%error, "a command could not be given or looked up");
    ApiError::Unavailable
}
