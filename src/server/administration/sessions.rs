//! Sessions: ending them, on whichever instance their streams are.

use crate::api::error::ApiError;
use crate::model::administration::Done;
use crate::model::audit::Action;
use crate::server::administration::refusals::named;
use crate::server::administration::unavailable;
use crate::server::application::AppState;
use crate::server::auth::actor::Actor;
use crate::server::auth::sessions::listing::Which;

/// Ends one session of a user, by its id. 404 if there is no such session.
pub async fn end_session(state: &AppState, actor: &Actor, user: &str, id: &str) -> Result<Done, ApiError> {
    if end(state, actor, user, Which::One(id)).await? == 0 {
        return Err(ApiError::NotFound { what: format!("Session {}", named(id)) });
    }
    Ok(Done::said(format!("A session of {user} is ended.")))
}

/// Ends all sessions of a user.
pub async fn end_all_sessions(state: &AppState, actor: &Actor, user: &str) -> Result<Done, ApiError> {
    let ended = end(state, actor, user, Which::All).await?;
    let words = if ended == 1 { "session" } else { "sessions" };
    Ok(Done::said(format!("{ended} {words} of {} ended.", named(user))))
}

async fn end(state: &AppState, actor: &Actor, user: &str, which: Which<'_>) -> Result<usize, ApiError> {
    let intent = actor.intends(Action::SessionEnd, format!("user {}", named(user)));
    let intent = match which {
        Which::One(id) => intent.with("session", named(id)),
        Which::All => intent.with("sessions", "all"),
    };
    let ended = state.sessions.end_listed(user, which, &intent).await.map_err(|error| unavailable(&error))?;
    // Other instances find out at their next check.
    ended.iter().for_each(|session| state.streams.end_session(session));
    Ok(ended.len())
}
