//! The messages of the core banking system. Balances and details stand in [`crate::model::account`].

use serde::{Deserialize, Serialize};

/// How many entries one page holds at most.
pub const PAGE_SIZE: usize = 100;

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page<T> {
    /// Where in the list it is.
    pub header: PageHeader,
    /// Its entries.
    pub body: Vec<T>,
}

/// Where in a list a page is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageHeader {
    /// How many entries the whole list has.
    pub total_size: u64,
    /// The place of the page's first entry; the list's first is 1.
    pub page_start: u64,
    /// What to ask the next page with; absent on the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page_token: Option<String>,
}

/// A customer in the list of customers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Customer {
    /// The core banking system's own id.
    pub customer_id: String,
    /// The customer's name.
    pub display_name: String,
}

/// An account in the list of a customer's accounts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AccountEntry {
    /// The account number.
    pub account_id: String,
}
