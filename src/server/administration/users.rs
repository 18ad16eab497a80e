//! Users: adding, another role or password, keeping out and letting in.

use secrecy::ExposeSecret;

use crate::api::error::ApiError;
use crate::model::administration::Done;
use crate::model::audit::Action;
use crate::model::user::Role;
use crate::server::administration::refusals::{named, of_user};
use crate::server::application::AppState;
use crate::server::auth::actor::Actor;
use crate::server::auth::passwords;
use crate::server::auth::users::{UserError, Users};

/// Adds a user with a password that is told only here. 409 if there is such a user, 422 for a name that breaks the rule.
pub async fn add_user(state: &AppState, actor: &Actor, name: &str, role: Role) -> Result<Done, ApiError> {
    let password = passwords::generated();
    match users(state, actor).add(name, role, password.clone()).await {
        Ok(()) => Ok(Done {
            message: format!("{name} ({role}) is added."),
            secret: Some(password.expose_secret().to_owned()),
        }),
        Err(UserError::Name) => {
            let intent = actor.intends(Action::UserAdd, format!("user {}", named(name))).with("role", role);
            Err(state.audit.refuse(intent, of_user(UserError::Name)).await)
        }
        Err(error) => Err(of_user(error)),
    }
}

/// Gives a user another password, which is told only here, and ends their sessions. 404 if there is no such user.
pub async fn reset_password(state: &AppState, actor: &Actor, name: &str) -> Result<Done, ApiError> {
    let password = passwords::generated();
    users(state, actor).set_password(name, password.clone()).await.map_err(of_user)?;
    let message = format!("{name} has a new password, and their sessions ended.");
    Ok(Done { message, secret: Some(password.expose_secret().to_owned()) })
}

/// Gives a user another role and ends their sessions. 404 if there is no such user, 409 for the last administrator.
pub async fn set_role(state: &AppState, actor: &Actor, name: &str, role: Role) -> Result<Done, ApiError> {
    users(state, actor).set_role(name, role).await.map_err(of_user)?;
    Ok(Done::said(format!("{name} is {} now.", with_article(role))))
}

/// Keeps a user out, or lets them in again. 404 if there is no such user, 409 for the last administrator.
pub async fn set_disabled(state: &AppState, actor: &Actor, name: &str, disabled: bool) -> Result<Done, ApiError> {
    users(state, actor).set_disabled(name, disabled).await.map_err(of_user)?;
    let word = if disabled { "disabled, and their sessions ended" } else { "enabled" };
    Ok(Done::said(format!("{name} is {word}.")))
}

fn users(state: &AppState, actor: &Actor) -> Users {
    state.users.clone().in_hands_of(actor.clone())
}

const fn with_article(role: Role) -> &'static str {
    match role {
        Role::Viewer => "a viewer",
        Role::Operator => "an operator",
        Role::Admin => "an administrator",
    }
}
