//! What somebody may set out to do.

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::model::service::Control;

/// What somebody set out to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// Have a service do one piece of work, or its periodic run, now.
    Trigger,
    /// Have a service begin to work after a stop.
    Start,
    /// Have a service finish what runs and take nothing new.
    Stop,
    /// Have a service stop and start.
    Restart,
    /// Have a service take nothing new for a while.
    Pause,
    /// Have a service go on after a pause.
    Resume,
    /// Have a job tried again.
    Retry,
    /// Have a job not done at all.
    Discard,
    /// Sign in.
    SignIn,
    /// Sign out.
    SignOut,
    /// Add somebody who may sign in.
    UserAdd,
    /// Keep a user out.
    UserDisable,
    /// Let a user in again.
    UserEnable,
    /// Give a user another password.
    UserPassword,
    /// Give a user another role.
    UserRole,
    /// Make an API token.
    TokenCreate,
    /// Make an API token useless.
    TokenRevoke,
    /// End sessions of a user.
    SessionEnd,
    /// Forget a service.
    ServiceForget,
    /// Something that their role, or nobody's, permits.
    Forbidden,
}

impl Action {
    /// All of them.
    pub const ALL: [Self; 20] = [
        Self::Trigger,
        Self::Start,
        Self::Stop,
        Self::Restart,
        Self::Pause,
        Self::Resume,
        Self::Retry,
        Self::Discard,
        Self::SignIn,
        Self::SignOut,
        Self::UserAdd,
        Self::UserDisable,
        Self::UserEnable,
        Self::UserPassword,
        Self::UserRole,
        Self::TokenCreate,
        Self::TokenRevoke,
        Self::SessionEnd,
        Self::ServiceForget,
        Self::Forbidden,
    ];

    /// The action of that name on the wire.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.name() == name)
    }

    /// The action's name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Trigger => "trigger",
            Self::Start => "start",
            Self::Stop => "stop",
            Self::Restart => "restart",
            Self::Pause => "pause",
            Self::Resume => "resume",
            Self::Retry => "retry",
            Self::Discard => "discard",
            Self::SignIn => "sign-in",
            Self::SignOut => "sign-out",
            Self::UserAdd => "user-add",
            Self::UserDisable => "user-disable",
            Self::UserEnable => "user-enable",
            Self::UserPassword => "user-password",
            Self::UserRole => "user-role",
            Self::TokenCreate => "token-create",
            Self::TokenRevoke => "token-revoke",
            Self::SessionEnd => "session-end",
            Self::ServiceForget => "service-forget",
            Self::Forbidden => "forbidden",
        }
    }

    /// The words the page shows.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Trigger => "Trigger",
            Self::Start => "Start",
            Self::Stop => "Stop",
            Self::Restart => "Restart",
            Self::Pause => "Pause",
            Self::Resume => "Resume",
            Self::Retry => "Retry",
            Self::Discard => "Discard",
            Self::SignIn => "Sign in",
            Self::SignOut => "Sign out",
            Self::UserAdd => "Add user",
            Self::UserDisable => "Disable user",
            Self::UserEnable => "Enable user",
            Self::UserPassword => "Change password",
            Self::UserRole => "Change role",
            Self::TokenCreate => "Create token",
            Self::TokenRevoke => "Revoke token",
            Self::SessionEnd => "End session",
            Self::ServiceForget => "Forget service",
            Self::Forbidden => "Forbidden",
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl From<Control> for Action {
    fn from(control: Control) -> Self {
        match control {
            Control::Trigger => Self::Trigger,
            Control::Start => Self::Start,
            Control::Stop => Self::Stop,
            Control::Restart => Self::Restart,
            Control::Pause => Self::Pause,
            Control::Resume => Self::Resume,
        }
    }
}
