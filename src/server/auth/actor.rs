//! Who stands behind a request, as the audit names them.

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap};

use crate::api::error::ApiError;
use crate::model::audit::{Action, Intent};
use crate::model::user::{CurrentUser, Role};
use crate::server::config::TrustedProxies;
use crate::server::router::client_address::client_address;
use crate::server::router::envelope::RequestId;

/// What people sign in to and out of.
pub const CONSOLE: &str = "console";

/// Whoever sends a request. Where a role is needed, admission puts it into the request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    user: Option<(String, Option<Role>)>,
    request_id: String,
    address: String,
}

impl Actor {
    /// Somebody who is not known.
    pub fn unknown(extensions: &Extensions, headers: &HeaderMap, trusted: &TrustedProxies) -> Self {
        let peer = extensions.get::<ConnectInfo<SocketAddr>>();
        Self {
            user: None,
            request_id: extensions.get::<RequestId>().map(|id| id.as_str().to_owned()).unwrap_or_default(),
            address: peer
                .map(|ConnectInfo(peer)| client_address(*peer, headers, trusted).to_string())
                .unwrap_or_default(),
        }
    }

    /// Whoever may run the program beside its Redis: no user has such a name.
    pub fn command_line() -> Self {
        let user = Some(("command line".to_owned(), None));
        Self { user, request_id: String::new(), address: String::new() }
    }

    /// The same, now that it is known who it is.
    #[must_use]
    pub fn known_as(self, user: &CurrentUser) -> Self {
        Self { user: Some((user.name.clone(), Some(user.role))), ..self }
    }

    /// The same for somebody on their way in or out, when their role does not matter.
    #[must_use]
    pub fn named(self, name: &str) -> Self {
        Self { user: Some((name.to_owned(), None)), ..self }
    }

    /// Names the request in the server's log and in the audit.
    pub fn request_id(&self) -> &str {
        &self.request_id
    }

    /// What they set out to do, and to what.
    pub fn intends(&self, action: Action, target: impl ToString) -> Intent {
        let (actor, role) = self.user.clone().unzip();
        Intent {
            actor,
            role: role.flatten(),
            action,
            target: target.to_string(),
            parameters: Default::default(),
            reason: None,
            request_id: self.request_id.clone(),
            address: self.address.clone(),
        }
    }
}

impl<S: Sync> FromRequestParts<S> for Actor {
    type Rejection = ApiError;

    async fn from_request_parts(request: &mut Parts, _: &S) -> Result<Self, ApiError> {
        request.extensions.get::<Self>().cloned().ok_or(ApiError::SignedOut)
    }
}
