//! What happened to a service, besides what it reports itself.

use serde::{Deserialize, Serialize};

use crate::model::audit::Action;
use crate::model::audit_list::Standing;
use crate::model::event::EntryId;
use crate::model::run::RunRecord;

/// What somebody asked of a service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperatorAction {
    /// Its record in the audit, which begins with the time, in ms since the Unix epoch.
    pub id: EntryId,
    /// What was asked.
    pub action: Action,
    /// By whom.
    pub actor: String,
    /// Where it stands.
    pub standing: Standing,
    /// Why, in the actor's words.
    pub reason: Option<String>,
}

/// A service's latest runs, and what was asked of it within a range of time; both newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceEvents {
    /// The runs, of a service that has any.
    pub runs: Vec<RunRecord>,
    /// What was asked.
    pub actions: Vec<OperatorAction>,
}
