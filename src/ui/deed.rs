//! What an administrator may do, one thing at a time: how its button and its question read, and whom it asks.

use crate::api::add_user::add_user;
use crate::api::create_token::create_token;
use crate::api::end_all_sessions::end_all_sessions;
use crate::api::end_session::end_session;
use crate::api::failure::Failure;
use crate::api::forget_service::forget_service;
use crate::api::reset_password::reset_password;
use crate::api::revoke_token::revoke_token;
use crate::api::set_user_disabled::set_user_disabled;
use crate::api::set_user_role::set_user_role;
use crate::model::administration::Done;
use crate::model::service::ServiceId;
use crate::model::user::Role;

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deed {
    /// Add a user.
    AddUser {
        /// The name they will sign in with.
        name: String,
        /// What they may do.
        role: Role,
    },
    /// Give a user another role.
    SetRole {
        /// The user.
        user: String,
        /// What they may do from then on.
        role: Role,
    },
    /// Keep a user out.
    Disable(String),
    /// Let a user in again.
    Enable(String),
    /// Give a user another password.
    ResetPassword(String),
    /// End a session.
    EndSession {
        /// Whose it is.
        user: String,
        /// By which it is ended.
        id: String,
        /// With what browser and from where.
        place: String,
    },
    /// End all sessions of a user.
    EndAllSessions(String),
    /// Make a token.
    CreateToken {
        /// Whose it will be.
        user: String,
        /// What it is for.
        name: String,
        /// What it may do at most.
        role: Role,
    },
    /// Revoke a token.
    RevokeToken {
        /// By which it is revoked.
        id: String,
        /// What it is for.
        name: String,
    },
    /// Forget a service.
    Forget(ServiceId),
}

/// What is asked before it is done.
pub struct Words {
    /// Verb and object.
    pub title: String,
    /// What it will do.
    pub body: String,
}

impl Deed {
    /// Where its form posts to.
    pub const fn path(&self) -> &'static str {
        match self {
            Self::AddUser { .. } => "/fn/add_user",
            Self::SetRole { .. } => "/fn/set_user_role",
            Self::Disable(_) | Self::Enable(_) => "/fn/set_user_disabled",
            Self::ResetPassword(_) => "/fn/reset_password",
            Self::EndSession { .. } => "/fn/end_session",
            Self::EndAllSessions(_) => "/fn/end_all_sessions",
            Self::CreateToken { .. } => "/fn/create_token",
            Self::RevokeToken { .. } => "/fn/revoke_token",
            Self::Forget(_) => "/fn/forget_service",
        }
    }

    /// What its form says besides what is typed into it.
    pub fn fields(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::AddUser { .. } | Self::CreateToken { .. } => Vec::new(),
            Self::SetRole { user, .. } | Self::ResetPassword(user) => vec![("name", user.clone())],
            Self::Disable(user) => vec![("name", user.clone()), ("disabled", "true".to_owned())],
            Self::Enable(user) => vec![("name", user.clone()), ("disabled", "false".to_owned())],
            Self::EndSession { user, id, .. } => vec![("user", user.clone()), ("id", id.clone())],
            Self::EndAllSessions(user) => vec![("user", user.clone())],
            Self::RevokeToken { id, .. } => vec![("id", id.clone())],
            Self::Forget(service) => vec![("service", service.to_string())],
        }
    }

    /// What its button says.
    pub const fn label(&self) -> &'static str {
        match self {
            Self::AddUser { .. } => "Add user",
            Self::SetRole { .. } => "Change",
            Self::Disable(_) => "Disable",
            Self::Enable(_) => "Enable",
            Self::ResetPassword(_) => "Reset password",
            Self::EndSession { .. } => "End",
            Self::EndAllSessions(_) => "End all sessions",
            Self::CreateToken { .. } => "Create token",
            Self::RevokeToken { .. } => "Revoke",
            Self::Forget(_) => "Forget",
        }
    }

    /// Whom or what it is done to, for those who hear the button and do not see its row.
    pub fn object(&self) -> String {
        match self {
            Self::AddUser { .. } | Self::CreateToken { .. } => String::new(),
            Self::SetRole { user, .. } => format!("the role of {user}"),
            Self::Disable(user) | Self::Enable(user) => user.clone(),
            Self::ResetPassword(user) | Self::EndAllSessions(user) => format!("of {user}"),
            Self::EndSession { user, id, .. } => format!("session {id} of {user}"),
            Self::RevokeToken { id, .. } => format!("token {id}"),
            Self::Forget(service) => service.to_string(),
        }
    }

    /// Whether what it leaves is told once, to the page alone: a form without a script could not show it.
    pub const fn leaves_secret(&self) -> bool {
        matches!(self, Self::AddUser { .. } | Self::ResetPassword(_) | Self::CreateToken { .. })
    }

    /// What is asked before; nothing where nothing is taken away.
    pub fn question(&self) -> Option<Words> {
        let (title, body) = match self {
            Self::AddUser { .. } | Self::CreateToken { .. } | Self::Enable(_) => return None,
            Self::SetRole { user, role } => {
                (format!("Make {user} {role}?"), "All their sessions end: they sign in again with the new role.")
            }
            Self::Disable(user) => (
                format!("Disable {user}?"),
                "They cannot sign in until they are enabled again. Their sessions end, and their tokens are refused.",
            ),
            Self::ResetPassword(user) => (
                format!("Reset password of {user}?"),
                "They get a new password, which is shown once, here. Their sessions end.",
            ),
            Self::EndSession { user, place, .. } => {
                let body = format!("{place}. The page there says that they are signed out, within seconds.");
                return Some(Words { title: format!("End session of {user}?"), body });
            }
            Self::EndAllSessions(user) => (
                format!("End all sessions of {user}?"),
                "All their pages say that they are signed out, within seconds.",
            ),
            Self::RevokeToken { name, .. } => (
                format!("Revoke “{name}”?"),
                "Scripts that send it are refused from now on. It cannot be brought back.",
            ),
            Self::Forget(service) => (
                format!("Forget {service}?"),
                "Its status and its history are deleted, and every open page loses its row. If it reports again, it is back, \
                 with a new history.",
            ),
        };
        Some(Words { title, body: body.to_owned() })
    }

    /// Does it.
    pub async fn send(self) -> Result<Done, Failure> {
        match self {
            Self::AddUser { name, role } => add_user(name, role).await,
            Self::SetRole { user, role } => set_user_role(user, role).await,
            Self::Disable(user) => set_user_disabled(user, true).await,
            Self::Enable(user) => set_user_disabled(user, false).await,
            Self::ResetPassword(user) => reset_password(user).await,
            Self::EndSession { user, id, .. } => end_session(user, id).await,
            Self::EndAllSessions(user) => end_all_sessions(user).await,
            Self::CreateToken { user, name, role } => create_token(user, name, role).await,
            Self::RevokeToken { id, .. } => revoke_token(id).await,
            Self::Forget(service) => forget_service(service).await,
        }
    }
}
