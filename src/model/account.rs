//! The bank's customers, numbered as users, and their accounts.

use serde::{Deserialize, Serialize};

/// A customer of the bank, numbered 1, 2, 3 … in the order in which discovery met them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BankUser {
    /// The number the page and the API use.
    pub user_id: u64,
    /// The core banking system's own id.
    pub customer_id: String,
    /// The customer's name.
    pub display_name: String,
}
