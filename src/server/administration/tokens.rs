//! API tokens: making and revoking them.

use secrecy::ExposeSecret;

use crate::api::error::ApiError;
use crate::model::administration::Done;
use crate::model::audit::Action;
use crate::model::user::Role;
use crate::server::administration::refusals::{named, of_token};
use crate::server::application::AppState;
use crate::server::auth::actor::Actor;
use crate::server::auth::tokens::TokenError;

/// Makes a token, which is told only here. 404 if there is no such user, 409 if they are disabled, 422 for a name or a role
/// that breaks the rule.
pub async fn create_token(
    state: &AppState,
    actor: &Actor,
    user: &str,
    name: &str,
    role: Role,
) -> Result<Done, ApiError> {
    let name = name.trim();
    match state.tokens.clone().in_hands_of(actor.clone()).create(user, name, Some(role)).await {
        Ok(token) => Ok(Done {
            message: format!("Token “{name}” of {user} is made."),
            secret: Some(token.expose_secret().to_owned()),
        }),
        Err(error @ (TokenError::Redis(_) | TokenError::Audit(_) | TokenError::Random(_))) => Err(of_token(error)),
        Err(error) => {
            let intent = actor.intends(Action::TokenCreate, "token").with("user", named(user));
            let intent = intent.with("name", named(name)).with("role", role);
            Err(state.audit.refuse(intent, of_token(error)).await)
        }
    }
}

/// Makes a token useless, by its id. 404 if there is no such token.
pub async fn revoke_token(state: &AppState, actor: &Actor, id: &str) -> Result<Done, ApiError> {
    match state.tokens.clone().in_hands_of(actor.clone()).revoke(id).await {
        Ok(()) => Ok(Done::said(format!("Token {id} is revoked."))),
        Err(error @ TokenError::Unknown(_)) => {
            let intent = actor.intends(Action::TokenRevoke, format!("token {}", named(id)));
            Err(state.audit.refuse(intent, of_token(error)).await)
        }
        Err(error) => Err(of_token(error)),
    }
}
