//! The proof of a role, which every server function takes as its first step.

use axum::http::request::Parts;
use leptos::prelude::use_context;

use crate::api::error::ApiError;
use crate::model::user::Role;
use crate::server::application::AppState;
use crate::server::auth::credentials::Identity;

/// The proof that whoever asks may do so, and what the doing needs.
pub struct Access {
    /// Who asks.
    pub identity: Identity,
    /// What every request may use.
    pub state: AppState,
}

/// Proves that the request under way comes from someone with at least this role.
///
/// The authentication middleware has put the [`Identity`] into the request; without one nobody is signed in.
pub fn require(role: Role) -> Result<Access, ApiError> {
    let identity = use_context::<Parts>()
        .and_then(|request| request.extensions.get::<Identity>().cloned())
        .ok_or(ApiError::SignedOut)?;
    if identity.user.role < role {
        return Err(ApiError::Forbidden);
    }
    let state = use_context::<AppState>().ok_or(ApiError::Internal)?;
    Ok(Access { identity, state })
}
