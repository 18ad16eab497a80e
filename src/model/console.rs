//! What the page's header shows besides the services.

use serde::{Deserialize, Serialize};

use crate::model::user::CurrentUser;

/// Who looks, and at what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Console {
    /// Who is signed in.
    pub user: CurrentUser,
    /// The word on the environment badge: `development`, `staging` or `production`.
    pub environment: String,
    /// Whether the bank's data is made up by the sandbox.
    pub sandbox_data: bool,
}
