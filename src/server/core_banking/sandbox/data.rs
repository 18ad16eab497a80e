//! The sandbox's data. Everything about customer `n` follows from `n` alone, so it is the same on every run.

use std::fmt;

use crate::model::account::{AccountCustomer, AccountDetails, Balances, Money};
use crate::server::core_banking::wire::Customer;

const FIRST_NAMES: [&str; 24] = [
    "Ana", "Luka", "Maja", "Ivan", "Petra", "Marko", "Elif", "Emre", "Sofia", "Mateo", "Amélie", "Hugo", "Zoë", "Noah",
    "Greta", "Jonas", "Aisha", "Omar", "Ngozi", "Chidi", "Mei", "Kenji", "Priya", "Søren",
];

const LAST_NAMES: [&str; 29] = [
    "Kovač",
    "Horvat",
    "Novak",
    "Babić",
    "Yılmaz",
    "Demir",
    "García",
    "Fernández",
    "Dubois",
    "Moreau",
    "Müller",
    "Schneider",
    "Weber",
    "Rossi",
    "Bianchi",
    "Jensen",
    "Nielsen",
    "O'Brien",
    "Murphy",
    "Okafor",
    "Adeyemi",
    "Chen",
    "Tanaka",
    "Sharma",
    "Patel",
    "Haddad",
    "Nguyễn",
    "Kowalski",
    "van den Berg",
];

const CURRENCIES: [&str; 5] = ["EUR", "EUR", "EUR", "USD", "GBP"];

const CATEGORIES: [(&str, &str, &str); 4] = [
    ("1001", "Current Account", "Everyday"),
    ("6001", "Savings Account", "Rainy day"),
    ("1002", "Payroll Account", "Salary"),
    ("6600", "Term Deposit", ""),
];

/// The customers there are: 1 to `customers`.
#[derive(Clone, Copy)]
pub struct Bank {
    /// How many.
    pub customers: u64,
}

impl Bank {
    /// The place of the customer with that id.
    pub fn find_customer(&self, id: &str) -> Option<u64> {
        let number = id.parse::<u64>().ok()?.checked_sub(10_000_000)?;
        (self.has(number) && customer_id(number) == id).then_some(number)
    }

    /// The account with that number.
    pub fn find_account(&self, number: &str) -> Option<Account> {
        let (customer, place) = number.split_at_checked(number.len().checked_sub(3)?)?;
        let account = Account { customer: self.find_customer(customer)?, number: place.parse().ok()? };
        let exists = (1..=accounts_of(account.customer)).contains(&account.number) && account.to_string() == number;
        exists.then_some(account)
    }

    fn has(&self, number: u64) -> bool {
        (1..=self.customers).contains(&number)
    }
}

/// Customer `n` as the list of customers shows it.
pub fn customer(n: u64) -> Customer {
    Customer { customer_id: customer_id(n), display_name: name(n) }
}

/// How many accounts customer `n` has: 1 to 4, and every 50th customer more than one page.
pub fn accounts_of(n: u64) -> u64 {
    let variety = scramble(n, 1);
    if n.is_multiple_of(50) { 101 + variety % 150 } else { 1 + variety % 4 }
}

fn customer_id(n: u64) -> String {
    (10_000_000 + n).to_string()
}

fn name(n: u64) -> String {
    format!("{} {}", pick(&FIRST_NAMES, scramble(n, 2)), pick(&LAST_NAMES, scramble(n, 3)))
}

/// One account; shown as its number.
#[derive(Clone, Copy)]
pub struct Account {
    /// The customer's place.
    pub customer: u64,
    /// The account's place among the customer's, from 1.
    pub number: u64,
}

impl fmt::Display for Account {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}{:03}", customer_id(self.customer), self.number)
    }
}

impl Account {
    /// What it holds.
    pub fn balances(self) -> Balances {
        let working = (self.variety(1) % 2_500_000) as i64 - 50_000;
        let held = if self.variety(2).is_multiple_of(3) { (self.variety(3) % 20_000) as i64 } else { 0 };
        let uncleared = if self.variety(4).is_multiple_of(5) { (self.variety(5) % 10_000) as i64 } else { 0 };
        Balances {
            currency: self.currency(),
            working_balance: Money::from_cents(working),
            available_balance: Money::from_cents(working - held),
            cleared_balance: Money::from_cents(working - uncleared),
            online_actual_balance: Money::from_cents(working),
        }
    }

    /// What is known of it besides.
    pub fn details(self) -> AccountDetails {
        let customer = customer(self.customer);
        let (category_id, category_name, nick_name) = *pick(&CATEGORIES, self.number - 1);
        let is_dormant = self.variety(6).is_multiple_of(40);
        AccountDetails {
            holder_name: customer.display_name.clone(),
            category_id: category_id.to_owned(),
            category_name: category_name.to_owned(),
            account_status: if is_dormant { "DORMANT" } else { "ACTIVE" }.to_owned(),
            currency: self.currency(),
            opening_date: format!(
                "{}-{:02}-{:02}",
                2005 + self.variety(7) % 19,
                1 + self.variety(8) % 12,
                1 + self.variety(9) % 28
            ),
            online_limit: Money::from_cents(100_000 * (1 + self.variety(10) % 10) as i64),
            nick_name: nick_name.to_owned(),
            customer: AccountCustomer { customer_id: customer.customer_id, display_name: customer.display_name },
        }
    }

    fn currency(self) -> String {
        (*pick(&CURRENCIES, self.variety(11))).to_owned()
    }

    fn variety(self, salt: u64) -> u64 {
        scramble(self.customer * 1_000 + self.number, 100 + salt)
    }
}

fn pick<T>(choices: &[T], variety: u64) -> &T {
    &choices[(variety % choices.len() as u64) as usize]
}

/// A number that looks random and follows from its two inputs alone (the finishing steps of SplitMix64).
pub fn scramble(n: u64, salt: u64) -> u64 {
    let mut mixed = n.wrapping_add(salt.wrapping_mul(0x9e37_79b9_7f4a_7c15)).wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
