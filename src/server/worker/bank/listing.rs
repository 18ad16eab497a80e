//! Users with their accounts, as people look for them.

use redis::AsyncCommands;

use crate::model::account::{AccountDetails, BankUser, StoredBalances};
use crate::model::account_list::{AccountFacts, AccountView, AccountsPage, UserAccounts};
use crate::server::redis::keys;
use crate::server::worker::bank::{Bank, BankError, fits};

impl Bank {
    /// Users after that number with their accounts, `most` at most. With a query, those whom [`Bank::search`] would find
    /// and the one who has the account of that number, letter by letter. Without one it costs the same however many users there are.
    pub async fn page(&self, query: &str, after: u64, most: usize) -> Result<AccountsPage, BankError> {
        let written = query.trim();
        let query = written.to_lowercase();
        let (total, mut users) = if query.is_empty() {
            // Numbers are given without a gap.
            let total = self.user_count().await?;
            (total, self.users_numbered(after.saturating_add(1), after.saturating_add(most as u64).min(total)).await?)
        } else {
            let owner: Option<u64> = self.redis.commands().hget(keys::BANK_OWNERS, written).await?;
            let mut found = self.users().await?;
            found.retain(|user| fits(user, &query) || owner == Some(user.user_id));
            let total = found.len() as u64;
            found.retain(|user| user.user_id > after);
            (total, found)
        };
        let has_more = if query.is_empty() { after.saturating_add(most as u64) < total } else { users.len() > most };
        users.truncate(most);
        let next = users.last().filter(|_| has_more).map(|user| user.user_id);
        Ok(AccountsPage { users: self.with_all_accounts(users).await?, next, total })
    }

    /// The users with these numbers, as far as there are any.
    pub(in crate::server::worker::bank) async fn users_numbered(
        &self,
        first: u64,
        last: u64,
    ) -> Result<Vec<BankUser>, BankError> {
        if first > last {
            return Ok(Vec::new());
        }
        let numbers: Vec<u64> = (first..=last).collect();
        let texts: Vec<Option<String>> = self.redis.commands().hmget(keys::BANK_USERS, numbers).await?;
        Ok(texts.iter().flatten().map(|text| serde_json::from_str(text)).collect::<Result<_, _>>()?)
    }

    /// Four round trips, however many users there are.
    async fn with_all_accounts(&self, users: Vec<BankUser>) -> Result<Vec<UserAccounts>, BankError> {
        if users.is_empty() {
            return Ok(Vec::new());
        }
        let mut ask = redis::pipe();
        for user in &users {
            ask.smembers(keys::bank_accounts(user.user_id));
        }
        let mut numbers: Vec<Vec<String>> = ask.query_async(&mut self.redis.commands()).await?;
        numbers.iter_mut().for_each(|numbers| numbers.sort_unstable());
        let all: Vec<String> = numbers.iter().flatten().cloned().collect();
        let closed = self.closed_at(&all).await?;
        let (balances, details) = match all.as_slice() {
            [] => Default::default(),
            all => {
                let mut commands = self.redis.commands();
                let balances: Vec<Option<String>> = commands.hmget(keys::BANK_BALANCES, all).await?;
                let details: Vec<Option<String>> = commands.hmget(keys::BANK_DETAILS, all).await?;
                (balances, details)
            }
        };
        let mut known = balances.into_iter().zip(details).zip(closed);
        let mut listed = Vec::with_capacity(users.len());
        for (user, numbers) in users.into_iter().zip(numbers) {
            let accounts = numbers.into_iter().zip(known.by_ref()).map(|(number, ((balances, details), closed_at))| {
                let balances = balances.map(|text| serde_json::from_str::<StoredBalances>(&text)).transpose()?;
                let details = details.map(|text| serde_json::from_str::<AccountDetails>(&text)).transpose()?;
                Ok(AccountView { number, balances, facts: details.map(facts), closed_at })
            });
            listed.push(UserAccounts { user, accounts: accounts.collect::<Result<_, BankError>>()? });
        }
        Ok(listed)
    }
}

fn facts(details: AccountDetails) -> AccountFacts {
    AccountFacts {
        holder_name: details.holder_name,
        nick_name: details.nick_name,
        category_name: details.category_name,
        account_status: details.account_status,
    }
}
