//! The bank's data in Redis: which of two answers stays, what is news, and what is closed.

use futures::StreamExt;
use redis::AsyncCommands;
use service_manager::model::account::{Balances, Money};
use service_manager::server::core_banking::wire::Customer;
use service_manager::server::redis::keys;
use service_manager::server::worker::bank::{Bank, Met, Stored};

use crate::support::RedisServer;
use crate::support::core_banking::LATER;
use crate::support::jobs::with_users;
use crate::support::redis_calls::calls;

const ACCOUNT: &str = "10000001001";

fn balances(cents: i64) -> Balances {
    let money = || Money::from_cents(cents);
    Balances {
        currency: "EUR".to_owned(),
        working_balance: money(),
        available_balance: money(),
        cleared_balance: money(),
        online_actual_balance: money(),
    }
}

async fn kept(bank: &Bank) -> (u64, Balances) {
    let kept = bank.balances(ACCOUNT).await.expect("Redis answers").expect("balances");
    (kept.asked_at, kept.balances)
}

#[tokio::test]
async fn an_older_answer_never_replaces_a_newer_one() {
    let redis = RedisServer::start().await;
    let bank = Bank::new(redis.redis());
    let (older, newer) = (bank.now().await.expect("a time"), bank.now().await.expect("a time") + 1);
    let store =
        async |asked_at, cents| bank.store_balances(ACCOUNT, asked_at, balances(cents)).await.expect("an answer");
    assert_eq!(store(newer, 200).await, Stored::Changed);
    assert_eq!(store(older, 100).await, Stored::TooLate);
    assert_eq!(kept(&bank).await, (newer, balances(200)));
    assert_eq!(store(newer + 1, 300).await, Stored::Changed);
    assert_eq!(kept(&bank).await, (newer + 1, balances(300)));
}

#[tokio::test]
async fn of_two_answers_to_questions_of_one_millisecond_the_later_one_stays() {
    let redis = RedisServer::start().await;
    let bank = Bank::new(redis.redis());
    let asked_at = bank.now().await.expect("a time");
    for cents in [100, 200] {
        assert_eq!(bank.store_balances(ACCOUNT, asked_at, balances(cents)).await.expect("kept"), Stored::Changed);
        assert_eq!(kept(&bank).await, (asked_at, balances(cents)));
    }
}

#[tokio::test]
async fn whatever_the_order_of_a_hundred_answers_the_newest_stays() {
    let redis = RedisServer::start().await;
    let bank = Bank::new(redis.redis());
    let now = bank.now().await.expect("a time");
    // 37 and 100 have no common divisor, so each age comes once, in no order.
    let answers = (0..100).map(|n| n * 37 % 100).map(|age| {
        let bank = bank.clone();
        async move { bank.store_balances(ACCOUNT, now - age, balances(age as i64)).await.expect("an answer") }
    });
    let results = futures::future::join_all(answers).await;
    assert!(
        results.contains(&Stored::Changed) && results.contains(&Stored::TooLate),
        "some are kept, some come too late"
    );
    assert_eq!(kept(&bank).await, (now, balances(0)));
}

#[tokio::test]
async fn what_is_damaged_is_replaced() {
    let redis = RedisServer::start().await;
    let bank = Bank::new(redis.redis());
    for damaged in ["", "{", "7", "null", "[]", r#"{"askedAt":"soon"}"#, r#"{"askedAt":null}"#, "{}"] {
        redis.connection().await.hset::<_, _, _, ()>(keys::BANK_BALANCES, ACCOUNT, damaged).await.expect("written");
        assert_eq!(bank.store_balances(ACCOUNT, 1, balances(1)).await.expect("kept"), Stored::Changed, "{damaged:?}");
        assert_eq!(kept(&bank).await, (1, balances(1)));
    }
}

#[tokio::test]
async fn balances_that_are_read_again_are_news_only_if_they_differ() {
    let redis = RedisServer::start().await;
    let bank = Bank::new(redis.redis());
    for (asked_at, cents, stored) in
        [(1, 100, Stored::Changed), (2, 100, Stored::Same), (30, 101, Stored::Changed), (30, 101, Stored::Same)]
    {
        assert_eq!(bank.store_balances(ACCOUNT, asked_at, balances(cents)).await.expect("kept"), stored, "{asked_at}");
        assert_eq!(kept(&bank).await, (asked_at, balances(cents)), "what was confirmed has the later time");
    }
}

#[tokio::test]
async fn an_account_that_is_not_listed_is_closed_until_it_is_met_again() {
    let redis = RedisServer::start().await;
    let bank = Bank::new(redis.redis());
    let numbers = |numbers: &[&str]| numbers.iter().map(ToString::to_string).collect::<Vec<_>>();
    let all = numbers(&["a", "b", "c"]);
    assert_eq!(bank.meet_accounts(1, &all).await.expect("kept"), Met { new: 3, reopened: 0 });
    bank.meet_accounts(2, &numbers(&["d"])).await.expect("kept");
    let before = bank.now().await.expect("a time");
    assert_eq!(bank.close_others(1, &numbers(&["b"]), LATER).await.expect("closed"), 2);
    assert_eq!(bank.close_others(1, &numbers(&["b"]), LATER).await.expect("closed"), 0, "they were closed already");

    let closed = bank.closed_at(&numbers(&["a", "b", "c", "d"])).await.expect("an answer");
    let is_since = |at: Option<u64>| at.is_some_and(|at| at >= before);
    assert_eq!(closed.iter().map(|at| is_since(*at)).collect::<Vec<_>>(), [true, false, true, false], "{closed:?}");
    assert_eq!(bank.accounts(1).await.expect("accounts"), all, "they can still be shown");
    assert_eq!(bank.open_accounts(1).await.expect("accounts"), ["b"]);
    assert_eq!(bank.accounts_lacking_details().await.expect("accounts"), ["b", "d"]);

    assert_eq!(bank.meet_accounts(1, &numbers(&["b", "c"])).await.expect("kept"), Met { new: 0, reopened: 1 });
    assert_eq!(bank.open_accounts(1).await.expect("accounts"), ["b", "c"]);
    assert_eq!(bank.accounts_lacking_details().await.expect("accounts"), ["b", "c", "d"]);
}

#[tokio::test]
async fn an_account_that_changes_hands_stays_open() {
    let redis = RedisServer::start().await;
    let bank = Bank::new(redis.redis());
    let account = ["a".to_owned()];
    bank.meet_accounts(1, &account).await.expect("kept");
    bank.meet_accounts(2, &account).await.expect("kept");
    assert_eq!(bank.close_others(1, &[], LATER).await.expect("closed"), 0);
    assert_eq!(bank.open_accounts(2).await.expect("accounts"), account);
    assert_eq!(bank.accounts(1).await.expect("accounts"), Vec::<String>::new(), "it is not shown twice");
    assert_eq!(bank.close_others(2, &[], LATER).await.expect("closed"), 1, "where it is gone as well it is closed");
}

#[tokio::test]
async fn what_somebody_else_met_after_a_list_was_asked_for_is_not_closed_by_it() {
    let redis = RedisServer::start().await;
    let bank = Bank::new(redis.redis());
    let numbers = |numbers: &[&str]| numbers.iter().map(ToString::to_string).collect::<Vec<_>>();
    bank.meet_accounts(1, &numbers(&["a", "gone", "back"])).await.expect("kept");
    bank.close_others(1, &numbers(&["a", "gone"]), LATER).await.expect("closed");
    redis.next_millisecond().await;
    let asked_at = bank.now().await.expect("a time");
    redis.next_millisecond().await;
    bank.meet_accounts(1, &numbers(&["a", "gone", "back", "new"])).await.expect("kept by another worker");
    assert_eq!(bank.close_others(1, &numbers(&["a"]), asked_at).await.expect("closed"), 1);
    assert_eq!(bank.open_accounts(1).await.expect("accounts"), ["a", "back", "new"]);
    redis.next_millisecond().await;
    let asked_at = bank.now().await.expect("a time");
    assert_eq!(bank.close_others(1, &numbers(&["a"]), asked_at).await.expect("closed"), 2);
}

#[tokio::test]
async fn an_account_is_found_by_its_number_as_it_is_written() {
    let redis = RedisServer::start().await;
    let bank = Bank::new(redis.redis());
    with_users(&redis, 3).await;
    let number = "GB29NWBK60161331926819";
    bank.meet_accounts(2, &[number.to_owned()]).await.expect("kept");
    let page = bank.page(&format!(" {number} "), 0, 10).await.expect("a page");
    let found: Vec<u64> = page.users.iter().map(|listed| listed.user.user_id).collect();
    assert_eq!((found, page.total), (vec![2], 1));
}

#[tokio::test]
async fn whoever_has_not_written_anything_yet_is_shown_the_first_users_and_not_all_are_read() {
    let redis = RedisServer::start().await;
    let bank = Bank::new(redis.redis());
    with_users(&redis, 30).await;
    let numbers = async |query: &str| {
        let found = bank.search(query, 20).await.expect("users");
        found.iter().map(|user| user.user_id).collect::<Vec<_>>()
    };
    assert_eq!(numbers(" ").await, (1..=20).collect::<Vec<_>>());
    assert_eq!(calls(&redis).await.get("hvals"), None);
    assert_eq!(numbers("ana").await.len(), 20);
    assert_eq!(calls(&redis).await.get("hvals").map(|(calls, _)| *calls), Some(1), "that is what would be counted");
}

#[tokio::test]
async fn pages_are_told_of_users_who_are_new_and_of_accounts_that_came_or_went() {
    let redis = RedisServer::start().await;
    let bank = Bank::new(redis.redis());
    let mut listener = redis.redis().listener().await.expect("a connection");
    listener.subscribe(keys::ACCOUNT_CHANNEL).await.expect("subscribed");
    let customer = Customer { customer_id: "10000001".to_owned(), display_name: "Ada".to_owned() };
    let account = [ACCOUNT.to_owned()];
    for _ in 0..2 {
        bank.meet_customers(std::slice::from_ref(&customer)).await.expect("a number");
        bank.meet_accounts(1, &account).await.expect("kept");
        bank.close_others(1, &account, LATER).await.expect("none is closed");
    }
    bank.close_others(1, &[], LATER).await.expect("closed");
    redis.connection().await.publish::<_, _, ()>(keys::ACCOUNT_CHANNEL, "the end").await.expect("told");
    let mut told = listener.into_on_message().map(|message| message.get_payload::<String>().expect("text"));
    for expected in ["1", "1", "1", "the end"] {
        assert_eq!(
            told.next().await.as_deref(),
            Some(expected),
            "the customer, the account, and that it is closed, once each"
        );
    }
}
