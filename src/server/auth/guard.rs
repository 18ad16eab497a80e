//! The proof of a role, which every server function takes as its first step.

use axum::http::request::Parts;
use leptos::prelude::use_context;

use crate::api::error::ApiError;
use crate::model::user::Role;
use crate::server::application::AppState;
use crate::server::auth::actor::Actor;
use crate::server::auth::credentials::Identity;
use crate::server::router::admission::accepts_html;

/// The proof that whoever asks may do so, and what the doing needs.
pub struct Access {
    /// Who asks.
    pub identity: Identity,
    /// Who asks, as the audit names them.
    pub actor: Actor,
    /// What every request may use.
    pub state: AppState,
    /// Whether a form without a script asks: it comes back to a page, which can tell no more than a refusal.
    pub is_plain_form: bool,
}

/// Proves that the request under way comes from someone with at least this role.
///
/// Admission has put the [`Identity`] and the [`Actor`] into the request; without one nobody is signed in.
pub fn require(role: Role) -> Result<Access, ApiError> {
    let Parts { extensions, headers, .. } = use_context().ok_or(ApiError::SignedOut)?;
    let identity = extensions.get::<Identity>().cloned().ok_or(ApiError::SignedOut)?;
    let actor = extensions.get::<Actor>().cloned().ok_or(ApiError::SignedOut)?;
    if identity.user.role < role {
        return Err(ApiError::Forbidden);
    }
    let state = use_context::<AppState>().ok_or(ApiError::Internal)?;
    Ok(Access { identity, actor, state, is_plain_form: accepts_html(&headers) })
}
