//! The proof of a role, which every server function takes as its first step.

use axum::http::request::Parts;
use leptos::prelude::use_context;

use crate::api::error::ApiError;
use crate::model::user::Role;
use crate::server::application::AppState;
use crate::server::auth::actor::Actor;
use crate::server::auth::credentials::Identity;

/// The proof that whoever asks may do so, and what the doing needs.
pub struct Access {
    /// Who asks.
    pub identity: Identity,
    /// Who asks, as the audit names them.
    pub actor: Actor,
    /// What every request may use.
    pub state: AppState,
}

/// Proves that the request under way comes from someone with at least this role.
///
/// Admission has put the [`Identity`] and the [`Actor`] into the request; without one nobody is signed in.
pub fn require(role: Role) -> Result<Access, ApiError> {
    let request = use_context::<Parts>().ok_or(ApiError::SignedOut)?.extensions;
    let identity = request.get::<Identity>().cloned().ok_or(ApiError::SignedOut)?;
    let actor = request.get::<Actor>().cloned().ok_or(ApiError::SignedOut)?;
    if identity.user.role < role {
        return Err(ApiError::Forbidden);
    }
    let state = use_context::<AppState>().ok_or(ApiError::Internal)?;
    Ok(Access { identity, actor, state })
}
