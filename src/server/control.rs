//! Asks something of a service by a command: what the page's buttons and the API have in common.

use serde_json::value::RawValue;

use crate::api::error::ApiError;
use crate::model::audit::Action;
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
    let intent = actor.intends(Action::from(control), service);
    // What breaks a rule is not written down with the attempt: whoever asks may write anything.
    let reason = match reason::checked(request.reason) {
        Ok(reason) => reason,
        Err(refusal) => return Err(state.audit.refuse(intent, refusal).await),
    };
    let intent = intent.because(reason.clone());
    if let Err(refusal) = check_params(service, params.as_deref()) {
        return Err(state.audit.refuse(intent, refusal).await);
    }
    let intent = params.iter().fold(intent, |intent, params| intent.with("params", params));
    let is_silent = match standing(state, service, control) {
        Ok(is_silent) => is_silent,
        // Perhaps the command that this request gave before stands in the way, or its end. Had that not been given when the
        // obstacle was seen, it would be none of its making.
        Err(refusal) => match given_before(state, once).await? {
            Some(given) => return Ok(given),
            None => return Err(state.audit.refuse(intent, refusal).await),
        },
    };
    let order = Order { service, control, actor: identity.user.name.clone(), reason, params, is_silent };
    state.commands.issue(&order, &intent, once).await.map_err(|error| match error {
        CommandError::Busy { .. } => ApiError::Conflict { reason: format!("{service} is busy: its {error}.") },
        error => not_given(&error),
    })
}

/// Whether the service is silent; or why it cannot be commanded so, as far as is known without asking it.
fn standing(state: &AppState, service: ServiceId, control: Control) -> Result<bool, ApiError> {
    let view = state.hub.view(service).ok_or_else(|| ApiError::NotFound { what: format!("Service {service}") })?;
    let freshness = view.freshness(state.hub.now());
    match obstacle(&view, control, freshness) {
        Some(reason) => Err(ApiError::Conflict { reason }),
        None => Ok(freshness == Freshness::NoSignal),
    }
}

/// The command that this request gave when it was made before.
async fn given_before(state: &AppState, once: Option<&Once>) -> Result<Option<Issued>, ApiError> {
    let Some(once) = once else { return Ok(None) };
    state.commands.given_under(once).await.map_err(|error| not_given(&error))
}

fn not_given(error: &CommandError) -> ApiError {
    match error {
        CommandError::KeyReused => key_reused(),
        error => unavailable(error),
    }
}

/// Where a command stands. 404 for one that is not kept.
pub async fn find(state: &AppState, id: &CommandId) -> Result<Command, ApiError> {
    let found = state.commands.find(id).await.map_err(|error| unavailable(&error))?;
    found.ok_or_else(|| ApiError::NotFound { what: format!("Command {id}") })
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
