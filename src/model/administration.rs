//! What administrators see besides what everybody sees, and what comes of what they do.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::model::user::Role;

/// All that the administration page shows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Administration {
    /// Who may sign in, by name.
    pub users: Vec<UserEntry>,
    /// Who is signed in, by user, the newest first.
    pub sessions: Vec<SessionEntry>,
    /// The API tokens, by user.
    pub tokens: Vec<TokenEntry>,
    /// How many published messages were refused so far.
    pub rejected: u64,
    /// The last of them, the newest first.
    pub samples: Vec<Sample>,
}

/// Someone who may sign in, or is kept out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserEntry {
    /// The name they sign in with.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// Whether they are kept out.
    pub disabled: bool,
    /// Whether it is whoever asks.
    pub is_own: bool,
    /// Whether nobody else could administer: they can be neither disabled nor given a lesser role.
    pub is_last_admin: bool,
}

/// Somebody signed in with some browser.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionEntry {
    /// By which it is ended.
    pub id: String,
    /// Who it is.
    pub user: String,
    /// When they signed in, in ms by Redis's clock.
    pub since: u64,
    /// When they last showed that they are there, in ms by Redis's clock.
    pub seen: u64,
    /// Where they signed in from.
    pub address: String,
    /// The browser in a few words, or what it calls itself; empty if it does not say.
    pub browser: String,
    /// Whether it is the session of whoever asks.
    pub is_own: bool,
}

/// An API token as lists show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenEntry {
    /// By which it is revoked.
    pub id: String,
    /// Whose it is.
    pub user: String,
    /// What it is for, in its maker's words.
    pub name: String,
    /// What it may do at most.
    pub role: Role,
    /// When it was made, in ms by Redis's clock.
    pub created: u64,
    /// When it was last used, in ms by Redis's clock, to the minute; `None` if it never was.
    pub used: Option<u64>,
}

/// A published message that was refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sample {
    /// When it was, in ms by Redis's clock; 0 if that was not kept.
    #[serde(default)]
    pub at: u64,
    /// Where it came in.
    pub channel: String,
    /// The rule it broke.
    pub error: String,
    /// Its first 512 bytes, as text.
    pub sample: String,
}

/// What came of something that an administrator did.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {
    /// It in a sentence.
    pub message: String,
    /// A password or token that is told only here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
}

impl Done {
    /// Something that leaves no secret.
    pub fn said(message: impl Into<String>) -> Self {
        Self { message: message.into(), secret: None }
    }
}

/// The secret stands in no log.
impl fmt::Debug for Done {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Done").field("message", &self.message).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_told_to_the_page_and_to_no_log() {
        let done = Done { message: "ana is added.".to_owned(), secret: Some("hush".to_owned()) };
        assert_eq!(serde_json::to_string(&done).expect("JSON"), r#"{"message":"ana is added.","secret":"hush"}"#);
        assert!(!format!("{done:?}").contains("hush"));
        assert_eq!(serde_json::to_string(&Done::said("Done.")).expect("JSON"), r#"{"message":"Done."}"#);
    }
}
