//! The bank's users, accounts and balances, kept in Redis.

mod listing;

use redis::{AsyncCommands, Script};

use crate::model::account::{AccountDetails, Balances, BankUser, StoredBalances};
use crate::server::core_banking::wire::Customer;
use crate::server::redis::{Redis, keys, scripts};

/// The bank's data could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum BankError {
    /// Redis did not answer, or refused.
    #[error("the bank's data: {0}")]
    Redis(#[from] redis::RedisError),
    /// What is kept cannot be read.
    #[error("the bank's data are damaged: {0}")]
    Damaged(#[from] serde_json::Error),
}

/// What was not known before of accounts that are open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Met {
    /// How many the user was not known to have.
    pub new: usize,
    /// How many had been marked as closed.
    pub reopened: usize,
}

/// What became of balances that were to be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stored {
    /// They are kept, and differ from those kept before, if there were any.
    Changed,
    /// They are kept, and are those kept before, confirmed by a later answer.
    Same,
    /// Those kept were asked for later, and stay.
    TooLate,
}

/// The data. Cloning it shares the connection.
#[derive(Clone)]
pub struct Bank {
    redis: Redis,
}

impl Bank {
    /// The data kept in that Redis.
    pub fn new(redis: Redis) -> Self {
        Self { redis }
    }

    /// Redis's time in ms since the Unix epoch: the clock by which answers are ordered.
    pub async fn now(&self) -> Result<u64, BankError> {
        let (seconds, microseconds): (u64, u64) = redis::cmd("TIME").query_async(&mut self.redis.commands()).await?;
        Ok(seconds * 1_000 + microseconds / 1_000)
    }

    /// Numbers customers as users in the order in which they are met, and answers the numbers in the same order.
    /// Meeting one again keeps its number and takes over its name.
    pub async fn meet_customers(&self, customers: &[Customer]) -> Result<Vec<u64>, BankError> {
        if customers.is_empty() {
            return Ok(Vec::new());
        }
        let script = Script::new(scripts::MEET_CUSTOMERS);
        let mut call = script.key(keys::BANK_CUSTOMERS);
        call.key(keys::BANK_USERS).key(keys::ACCOUNT_CHANNEL);
        for customer in customers {
            call.arg(&customer.customer_id).arg(serde_json::to_string(customer)?);
        }
        Ok(call.invoke_async(&mut self.redis.commands()).await?)
    }

    /// Keeps accounts of a user, which are open; those kept already stay.
    pub async fn meet_accounts(&self, user_id: u64, accounts: &[String]) -> Result<Met, BankError> {
        if !accounts.is_empty() {
            let owners: Vec<(&String, u64)> = accounts.iter().map(|account| (account, user_id)).collect();
            let () = self.redis.commands().hset_multiple(keys::BANK_OWNERS, &owners).await?;
        }
        let script = Script::new(scripts::MEET_ACCOUNTS);
        let mut call = script.key(keys::bank_accounts(user_id));
        call.key(keys::BANK_DETAILS).key(keys::BANK_LACKING_DETAILS).key(keys::BANK_CLOSED).key(keys::BANK_MET);
        call.key(keys::ACCOUNT_CHANNEL).arg(user_id).arg(accounts);
        let (new, reopened) = call.invoke_async(&mut self.redis.commands()).await?;
        Ok(Met { new, reopened })
    }

    /// Marks as closed whatever a user is known to have and is not in `listed`, the whole list of their accounts, unless it
    /// was met since `asked_at`, which is [`Bank::now`] before the list was asked for. What another user has by now is only
    /// taken from this one. Answers how many were open until now.
    pub async fn close_others(&self, user_id: u64, listed: &[String], asked_at: u64) -> Result<usize, BankError> {
        let script = Script::new(scripts::CLOSE_ACCOUNTS);
        let mut call = script.key(keys::bank_accounts(user_id));
        call.key(keys::BANK_CLOSED).key(keys::BANK_MET).key(keys::BANK_OWNERS).key(keys::ACCOUNT_CHANNEL);
        call.arg(asked_at).arg(user_id).arg(listed);
        Ok(call.invoke_async(&mut self.redis.commands()).await?)
    }

    /// When each of these accounts was found closed, in ms by Redis's clock and in the same order; `None` for one that
    /// is open.
    pub async fn closed_at(&self, accounts: &[String]) -> Result<Vec<Option<u64>>, BankError> {
        if accounts.is_empty() {
            return Ok(Vec::new());
        }
        let mut read = redis::cmd("HMGET");
        read.arg(keys::BANK_CLOSED).arg(accounts);
        Ok(read.query_async(&mut self.redis.commands()).await?)
    }

    /// How many users there are.
    pub async fn user_count(&self) -> Result<u64, BankError> {
        Ok(self.redis.commands().hlen(keys::BANK_USERS).await?)
    }

    /// Notes that a discovery has read all customers and their accounts.
    pub async fn mark_discovered(&self) -> Result<(), BankError> {
        let now = self.now().await?;
        Ok(self.redis.commands().set(keys::BANK_DISCOVERED, now).await?)
    }

    /// Whether any discovery has come to its end; until then users may lack some or all of their accounts.
    pub async fn is_discovered(&self) -> Result<bool, BankError> {
        Ok(self.redis.commands().exists(keys::BANK_DISCOVERED).await?)
    }

    /// All users, in the order of their numbers.
    pub async fn users(&self) -> Result<Vec<BankUser>, BankError> {
        let texts: Vec<String> = self.redis.commands().hvals(keys::BANK_USERS).await?;
        let mut users = texts.iter().map(|text| serde_json::from_str(text)).collect::<Result<Vec<BankUser>, _>>()?;
        users.sort_unstable_by_key(|user| user.user_id);
        Ok(users)
    }

    /// The user with that number.
    pub async fn user(&self, user_id: u64) -> Result<Option<BankUser>, BankError> {
        let text: Option<String> = self.redis.commands().hget(keys::BANK_USERS, user_id).await?;
        Ok(text.map(|text| serde_json::from_str(&text)).transpose()?)
    }

    /// Users whose number begins with `query`, or whose name or customer id contains it, `limit` at most: the one
    /// with that very number first, the others in the order of their numbers. An empty query finds the first ones;
    /// up to three digits are a number, because almost every customer id contains them.
    pub async fn search(&self, query: &str, limit: usize) -> Result<Vec<BankUser>, BankError> {
        let query = query.trim().to_lowercase();
        if query.is_empty() {
            return self.users_numbered(1, limit as u64).await;
        }
        let mut found: Vec<BankUser> = self.users().await?.into_iter().filter(|user| fits(user, &query)).collect();
        found.sort_by_key(|user| user.user_id.to_string() != query);
        found.truncate(limit);
        Ok(found)
    }

    /// The numbers of a user's accounts, closed ones included, sorted.
    pub async fn accounts(&self, user_id: u64) -> Result<Vec<String>, BankError> {
        let mut accounts: Vec<String> = self.redis.commands().smembers(keys::bank_accounts(user_id)).await?;
        accounts.sort_unstable();
        Ok(accounts)
    }

    /// The numbers of those of a user's accounts that are not closed, sorted.
    pub async fn open_accounts(&self, user_id: u64) -> Result<Vec<String>, BankError> {
        self.only_open(self.accounts(user_id).await?).await
    }

    async fn only_open(&self, accounts: Vec<String>) -> Result<Vec<String>, BankError> {
        let closed = self.closed_at(&accounts).await?;
        Ok(accounts
            .into_iter()
            .zip(closed)
            .filter_map(|(account, closed)| closed.is_none().then_some(account))
            .collect())
    }

    /// Keeps an account's balances, unless those kept were asked for later. `asked_at` is [`Bank::now`] before the core
    /// banking system was asked.
    pub async fn store_balances(&self, account: &str, asked_at: u64, balances: Balances) -> Result<Stored, BankError> {
        let text = serde_json::to_string(&StoredBalances { asked_at, balances })?;
        let script = Script::new(scripts::STORE_BALANCES);
        let mut call = script.key(keys::BANK_BALANCES);
        call.arg(account).arg(asked_at).arg(text);
        let word: String = call.invoke_async(&mut self.redis.commands()).await?;
        Ok(match word.as_str() {
            "changed" => Stored::Changed,
            "same" => Stored::Same,
            _ => Stored::TooLate,
        })
    }

    /// An account's latest balances, if any were read.
    pub async fn balances(&self, account: &str) -> Result<Option<StoredBalances>, BankError> {
        let text: Option<String> = self.redis.commands().hget(keys::BANK_BALANCES, account).await?;
        Ok(text.map(|text| serde_json::from_str(&text)).transpose()?)
    }

    /// The open accounts whose details are not known yet, sorted.
    pub async fn accounts_lacking_details(&self) -> Result<Vec<String>, BankError> {
        let mut accounts: Vec<String> = self.redis.commands().smembers(keys::BANK_LACKING_DETAILS).await?;
        accounts.sort_unstable();
        self.only_open(accounts).await
    }

    /// Keeps an account's details and answers whether they differ from those kept before, if there were any.
    pub async fn store_details(&self, account: &str, details: &AccountDetails) -> Result<bool, BankError> {
        let text = serde_json::to_string(details)?;
        let script = Script::new(scripts::STORE_DETAILS);
        let mut call = script.key(keys::BANK_DETAILS);
        call.key(keys::BANK_LACKING_DETAILS).arg(account).arg(text);
        Ok(call.invoke_async(&mut self.redis.commands()).await?)
    }

    /// An account's details, if they were read.
    pub async fn details(&self, account: &str) -> Result<Option<AccountDetails>, BankError> {
        let text: Option<String> = self.redis.commands().hget(keys::BANK_DETAILS, account).await?;
        Ok(text.map(|text| serde_json::from_str(&text)).transpose()?)
    }
}

/// Whether a search in small letters finds a user: see [`Bank::search`].
fn fits(user: &BankUser, query: &str) -> bool {
    let is_short_number = query.len() < 4 && !query.is_empty() && query.bytes().all(|byte| byte.is_ascii_digit());
    user.user_id.to_string().starts_with(query)
        || user.display_name.to_lowercase().contains(query)
        || (!is_short_number && user.customer_id.to_lowercase().contains(query))
}
