//! What a job asks for.

use std::collections::HashMap;

use crate::model::job::Subject;
use crate::model::service::BuiltIn;

/// What a job asks for: each service does one thing, to one kind of subject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Work {
    /// balance-sync reads the balances of a user's accounts.
    SyncBalances(u64),
    /// account-discovery reads anew which accounts a user has.
    DiscoverAccounts(u64),
    /// account-enrichment reads an account's details anew.
    EnrichAccount(String),
}

impl Work {
    /// Who does it.
    pub const fn service(&self) -> BuiltIn {
        match self {
            Self::SyncBalances(_) => BuiltIn::BalanceSync,
            Self::DiscoverAccounts(_) => BuiltIn::AccountDiscovery,
            Self::EnrichAccount(_) => BuiltIn::AccountEnrichment,
        }
    }

    /// What it is about.
    pub fn subject(&self) -> Subject {
        match self {
            Self::SyncBalances(user) | Self::DiscoverAccounts(user) => Subject::User(*user),
            Self::EnrichAccount(account) => Subject::Account(account.clone()),
        }
    }

    /// The name and the value of the field by which Redis knows what it is about.
    pub(in crate::server::worker::queue) fn field(&self) -> (&'static str, String) {
        match self.subject() {
            Subject::User(number) => ("user", number.to_string()),
            Subject::Account(number) => ("account", number),
        }
    }

    /// Reads it from the fields of a job of that service.
    pub(in crate::server::worker::queue) fn of(service: BuiltIn, fields: &HashMap<String, String>) -> Option<Self> {
        let user = || fields.get("user")?.parse().ok();
        match service {
            BuiltIn::BalanceSync => user().map(Self::SyncBalances),
            BuiltIn::AccountDiscovery => user().map(Self::DiscoverAccounts),
            BuiltIn::AccountEnrichment => fields.get("account").cloned().map(Self::EnrichAccount),
        }
    }
}
