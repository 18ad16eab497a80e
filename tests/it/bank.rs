//! The bank's data in Redis: which of two answers stays.

use redis::AsyncCommands;
use service_manager::model::account::{Balances, Money};
use service_manager::server::redis::keys;
use service_manager::server::worker::bank::Bank;

use crate::support::RedisServer;

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
    assert!(bank.store_balances(ACCOUNT, newer, balances(200)).await.expect("kept"));
    assert!(!bank.store_balances(ACCOUNT, older, balances(100)).await.expect("an answer"), "it comes too late");
    assert_eq!(kept(&bank).await, (newer, balances(200)));
    assert!(bank.store_balances(ACCOUNT, newer + 1, balances(300)).await.expect("kept"));
    assert_eq!(kept(&bank).await, (newer + 1, balances(300)));
}

#[tokio::test]
async fn of_two_answers_to_questions_of_one_millisecond_the_later_one_stays() {
    let redis = RedisServer::start().await;
    let bank = Bank::new(redis.redis());
    let asked_at = bank.now().await.expect("a time");
    for cents in [100, 200] {
        assert!(bank.store_balances(ACCOUNT, asked_at, balances(cents)).await.expect("kept"));
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
    assert!(results.contains(&true) && results.contains(&false), "some are kept and some come too late");
    assert_eq!(kept(&bank).await, (now, balances(0)));
}

#[tokio::test]
async fn what_is_damaged_is_replaced() {
    let redis = RedisServer::start().await;
    let bank = Bank::new(redis.redis());
    for damaged in ["", "{", "7", "null", "[]", r#"{"askedAt":"soon"}"#, r#"{"askedAt":null}"#, "{}"] {
        redis.connection().await.hset::<_, _, _, ()>(keys::BANK_BALANCES, ACCOUNT, damaged).await.expect("written");
        assert!(bank.store_balances(ACCOUNT, 1, balances(1)).await.expect("kept"), "{damaged:?}");
        assert_eq!(kept(&bank).await, (1, balances(1)));
    }
}
