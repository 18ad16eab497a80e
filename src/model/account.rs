//! The bank's customers, numbered as users, and their accounts.

use std::fmt;

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

impl fmt::Display for BankUser {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} (user {})", self.display_name, self.user_id)
    }
}

/// An amount of money as the decimal text it came as. Never a float, so no digit is lost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Money(String);

/// A text is not an amount of money.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an amount of money is a decimal number such as \"-12.50\"")]
pub struct InvalidMoney;

impl Money {
    /// An amount of hundredths, with two digits after the point.
    pub fn from_cents(cents: i64) -> Self {
        let sign = if cents < 0 { "-" } else { "" };
        Self(format!("{sign}{}.{:02}", cents.unsigned_abs() / 100, cents.unsigned_abs() % 100))
    }
}

impl TryFrom<String> for Money {
    type Error = InvalidMoney;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        let unsigned = text.strip_prefix('-').unwrap_or(&text);
        let is_decimal = match unsigned.split_once('.') {
            Some((whole, fraction)) => digits(whole) && digits(fraction),
            None => digits(unsigned),
        };
        if is_decimal { Ok(Self(text)) } else { Err(InvalidMoney) }
    }
}

impl From<Money> for String {
    fn from(money: Money) -> Self {
        money.0
    }
}

impl fmt::Display for Money {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// What an account holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Balances {
    /// The currency of all amounts, an ISO 4217 code.
    pub currency: String,
    /// What is booked, with today's movements.
    pub working_balance: Money,
    /// What may be spent.
    pub available_balance: Money,
    /// What is cleared.
    pub cleared_balance: Money,
    /// What is booked, as online channels see it.
    pub online_actual_balance: Money,
}

/// Balances as they are kept: with the time before which the core banking system had not been asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StoredBalances {
    /// When the question was about to be sent, in ms by Redis's clock.
    pub asked_at: u64,
    /// The answer.
    #[serde(flatten)]
    pub balances: Balances,
}

/// What is known of an account besides its balances.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AccountDetails {
    /// Whose name the account bears.
    pub holder_name: String,
    /// The product's code.
    pub category_id: String,
    /// The product's name.
    pub category_name: String,
    /// Whether it is open, dormant or closed, in the bank's own word.
    pub account_status: String,
    /// The currency, an ISO 4217 code.
    pub currency: String,
    /// The day it was opened, `YYYY-MM-DD`.
    pub opening_date: String,
    /// What may be moved online in a day.
    pub online_limit: Money,
    /// The holder's own name for it; may be empty.
    pub nick_name: String,
    /// The customer it belongs to.
    pub customer: AccountCustomer,
}

/// The customer an account belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AccountCustomer {
    /// The core banking system's own id.
    pub customer_id: String,
    /// The customer's name.
    pub display_name: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_decimal_text() {
        for good in ["0", "-12.50", "123456789012345678901234.01"] {
            assert_eq!(Money::try_from(good.to_owned()).map(String::from), Ok(good.to_owned()));
        }
        for bad in ["", "-", ".5", "1.", "1e3", "1,5", "+1", "NaN", "1.2.3"] {
            assert_eq!(Money::try_from(bad.to_owned()), Err(InvalidMoney), "{bad:?}");
        }
        assert_eq!([-5, 0, 123_456].map(|cents| Money::from_cents(cents).to_string()), ["-0.05", "0.00", "1234.56"]);
        assert!(serde_json::from_str::<Money>("12.5").is_err(), "a float is refused");
    }
}
