//! Asks something of a service.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::api::failure::Failure;
use crate::model::command::CommandId;
use crate::model::service::{Control, ServiceId};

/// A command was given; what comes of it is told by the stream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GivenCommand {
    /// The command to wait for.
    pub id: CommandId,
    /// Under which the audit has it.
    pub request_id: String,
}

/// Gives a command; what comes of it is told by the stream. 404 for a service that is not known, 409 while it cannot follow, 422
/// for a reason that is too long.
/// Asks for an operator. A plain form is sent back to the service's page if it stood there, else to the table.
#[server(name = CommandService, prefix = "/fn", endpoint = "command_service")]
pub async fn command_service(
    /// Of which service.
    service: ServiceId,
    /// What it shall do.
    command: Control,
    /// Why, for the audit and for the service; may be empty.
    #[server(default)]
    reason: String,
) -> Result<GivenCommand, Failure> {
    use crate::model::user::Role;
    use crate::server::auth::guard;
    use crate::server::control::{self, Request};
    use crate::server::page;

    let guard::Access { identity, actor, state } = guard::require(Role::Operator)?;
    let request = Request { service, control: command, reason: Some(reason), params: None };
    let id = control::command(&state, (&identity, &actor), request, None).await?;
    if let Some(request) = page::plain_form() {
        let page = format!("/services/{service}");
        let from = request.headers.get(axum::http::header::REFERER).and_then(|referer| referer.to_str().ok());
        let is_from_there = from.and_then(|from| from.split('?').next()).is_some_and(|from| from.ends_with(&page));
        leptos_axum::redirect(if is_from_there { &page } else { "/services" });
    }
    Ok(GivenCommand { id, request_id: actor.request_id().to_owned() })
}
