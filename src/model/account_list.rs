//! The bank's users with their accounts, page by page.

use serde::{Deserialize, Serialize};

use crate::model::account::{BankUser, StoredBalances};

/// An account as the page shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AccountView {
    /// Its number.
    pub number: String,
    /// Its balances, once they were read.
    pub balances: Option<StoredBalances>,
    /// What else is known of it, once that was read.
    pub facts: Option<AccountFacts>,
    /// When a discovery found it closed, in ms by Redis's clock; `None` while it is open.
    #[serde(default)]
    pub closed_at: Option<u64>,
}

/// What the page shows of an account's details.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AccountFacts {
    /// Whose name it bears.
    pub holder_name: String,
    /// The holder's own name for it; may be empty.
    pub nick_name: String,
    /// The product's name.
    pub category_name: String,
    /// Whether it is open, dormant or closed, in the bank's own word.
    pub account_status: String,
}

/// A user with all their accounts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserAccounts {
    /// The user.
    pub user: BankUser,
    /// The accounts, in the order of their numbers.
    pub accounts: Vec<AccountView>,
}

impl UserAccounts {
    /// Whether they have accounts, none of which is open.
    pub fn are_all_closed(&self) -> bool {
        !self.accounts.is_empty() && self.accounts.iter().all(|account| account.closed_at.is_some())
    }

    /// When their balances were last read, in ms by Redis's clock: the newest of all their accounts.
    pub fn synced_at(&self) -> Option<u64> {
        self.accounts.iter().filter_map(|account| account.balances.as_ref()).map(|balances| balances.asked_at).max()
    }
}

/// One page of users.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountsPage {
    /// The users, in the order of their numbers.
    pub users: Vec<UserAccounts>,
    /// The number of the last user on this page, if there is another page.
    pub next: Option<u64>,
    /// How many users there are, or how many were found.
    pub total: u64,
}

impl AccountsPage {
    /// Whether it shows this user.
    pub fn has(&self, user_id: u64) -> bool {
        self.users.iter().any(|user| user.user.user_id == user_id)
    }

    /// Whether a new user would stand on it; `after` is the last user of the page before.
    pub fn has_place_for(&self, user_id: u64, after: u64) -> bool {
        user_id > after && self.next.is_none_or(|last| user_id < last)
    }
}
