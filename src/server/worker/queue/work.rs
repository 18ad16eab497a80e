//! What a job asks for.

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

    /// The field in which Redis keeps the number of a user that a job is about.
    pub(in crate::server::worker::queue) const USER: &str = "user";

    /// The name and the value of the field by which Redis knows what it is about.
    pub(in crate::server::worker::queue) fn field(&self) -> (&'static str, String) {
        match self.subject() {
            Subject::User(number) => (Self::USER, number.to_string()),
            Subject::Account(number) => ("account", number),
        }
    }

    /// What that service does, to the subject of that number.
    pub(in crate::server::worker::queue) fn about(service: BuiltIn, number: &str) -> Option<Self> {
        match service {
            BuiltIn::BalanceSync => number.parse().ok().map(Self::SyncBalances),
            BuiltIn::AccountDiscovery => number.parse().ok().map(Self::DiscoverAccounts),
            BuiltIn::AccountEnrichment => Some(Self::EnrichAccount(number.to_owned())),
        }
    }
}
