//! The lanes: what is queued, once or not at all, and what is known of it.

use std::time::Duration;

use futures::future::join_all;
use redis::AsyncCommands;
use service_manager::model::job::{JobId, JobState, Lane, Subject};
use service_manager::model::service::BuiltIn;
use service_manager::server::core_banking::wire::Customer;
use service_manager::server::redis::keys;
use service_manager::server::worker::bank::Bank;
use service_manager::server::worker::ending::Ending;
use service_manager::server::worker::queue::{Jobs, Once, QueueError, Settled, Timing, Work};

use crate::support::jobs::{settle, take, take_over};
use crate::support::{RedisServer, Sandbox};

const DISCOVERY: BuiltIn = BuiltIn::AccountDiscovery;

/// A Redis in which user 1 has the account `known`, whose details are not known.
async fn with_one_user() -> (RedisServer, Bank, Jobs) {
    let redis = RedisServer::start().await;
    let (bank, jobs) = (Bank::new(redis.redis()), Jobs::new(redis.redis()));
    let customer = Customer { customer_id: "c".to_owned(), display_name: "Ana".to_owned() };
    bank.meet_customers(&[customer]).await.expect("a number");
    assert_eq!(bank.meet_accounts(1, &["known".to_owned()]).await.expect("it is kept").new, 1);
    (redis, bank, jobs)
}

fn once(fingerprint: &str) -> Once {
    Once { key: "ana:7c4f".to_owned(), fingerprint: fingerprint.to_owned() }
}

async fn length(redis: &RedisServer, service: BuiltIn) -> u64 {
    redis.connection().await.xlen(keys::jobs(service, Lane::Priority)).await.expect("a length")
}

#[tokio::test]
async fn fifty_requests_with_one_key_make_one_job() {
    let (redis, _, _) = with_one_user().await;
    let instances = [(); 5].map(|()| Jobs::new(redis.redis()));
    let (work, once) = (Work::DiscoverAccounts(1), once("discover 1"));
    let requests = (0..50).map(|place| instances[place % 5].enqueue(&work, Lane::Priority, Some(&once)));
    let answers = join_all(requests).await;
    let first = answers[0].as_ref().expect("a job");
    for answer in &answers {
        assert_eq!(answer.as_ref().expect("a job"), first);
    }
    assert_eq!(length(&redis, DISCOVERY).await, 1);
    assert_eq!(take(&instances[0], DISCOVERY).await.id, *first);
    let records: Vec<String> = redis.connection().await.keys(format!("{}*", keys::JOB_PREFIX)).await.expect("keys");
    assert_eq!(records, [keys::job(&first.0)]);
}

#[tokio::test]
async fn a_key_stands_for_its_first_request_even_after_the_job_has_ended() {
    let (redis, _, jobs) = with_one_user().await;
    let ask = async |work: Work, fingerprint: &str| jobs.enqueue(&work, Lane::Priority, Some(&once(fingerprint))).await;
    let first = ask(Work::DiscoverAccounts(1), "discover 1").await.expect("a job");
    let refused = ask(Work::EnrichAccount("known".to_owned()), "enrich known").await;
    assert!(matches!(refused, Err(QueueError::KeyReused)), "{refused:?}");
    assert_eq!(length(&redis, BuiltIn::AccountEnrichment).await, 0);

    settle(&jobs, &take(&jobs, DISCOVERY).await, Ending::Done("done".to_owned())).await;
    assert_eq!(ask(Work::DiscoverAccounts(1), "discover 1").await.expect("the job"), first);
    let refused = ask(Work::SyncBalances(1), "sync 1").await;
    assert!(matches!(refused, Err(QueueError::KeyReused)), "{refused:?}");
    assert_eq!(length(&redis, DISCOVERY).await, 0);

    let kept: u64 = redis.connection().await.ttl(keys::once("ana:7c4f")).await.expect("seconds");
    assert!((86_300..=86_400).contains(&kept), "24 hours: {kept} s");
    let other = Once { key: "ana:other".to_owned(), fingerprint: "discover 1".to_owned() };
    assert_ne!(jobs.enqueue(&Work::DiscoverAccounts(1), Lane::Priority, Some(&other)).await.expect("a job"), first);
}

#[tokio::test]
async fn what_nobody_knows_is_refused_and_leaves_nothing_behind() {
    let (redis, _, jobs) = with_one_user().await;
    let before: u64 = redis::cmd("DBSIZE").query_async(&mut redis.connection().await).await.expect("a count");
    for (work, subject) in [
        (Work::SyncBalances(2), Subject::User(2)),
        (Work::DiscoverAccounts(0), Subject::User(0)),
        (Work::EnrichAccount("unknown".to_owned()), Subject::Account("unknown".to_owned())),
        // A user's number is no account's.
        (Work::EnrichAccount("1".to_owned()), Subject::Account("1".to_owned())),
    ] {
        let refused = jobs.enqueue(&work, Lane::Priority, Some(&once("x"))).await;
        assert!(matches!(&refused, Err(QueueError::Unknown(what)) if *what == subject), "{work:?}: {refused:?}");
    }
    let after: u64 = redis::cmd("DBSIZE").query_async(&mut redis.connection().await).await.expect("a count");
    assert_eq!(after, before);
    // The key is still free for a request that can be met.
    jobs.enqueue(&Work::DiscoverAccounts(1), Lane::Priority, Some(&once("y"))).await.expect("a job");
}

#[tokio::test]
async fn an_account_is_known_with_and_without_its_details() {
    let (_redis, bank, jobs) = with_one_user().await;
    let work = Work::EnrichAccount("known".to_owned());
    jobs.enqueue(&work, Lane::Priority, None).await.expect("it lacks details");
    let details = Sandbox::start(1).await.client().details("10000001001").await.expect("details");
    bank.store_details("known", &details).await.expect("kept");
    assert!(bank.accounts_lacking_details().await.expect("accounts").is_empty());
    jobs.enqueue(&work, Lane::Priority, None).await.expect("it has details");
}

#[tokio::test]
async fn a_record_follows_its_job_from_the_lane_to_its_end() {
    let (redis, bank, _) = with_one_user().await;
    let jobs = Jobs::with_timing(redis.redis(), Timing { lease: Duration::from_millis(1), ..Timing::default() });
    let before = bank.now().await.expect("a time");
    let id = jobs.enqueue(&Work::EnrichAccount("known".to_owned()), Lane::Background, None).await.expect("a job");
    let record = async || jobs.find(&id).await.expect("Redis answers").expect("a record");

    let waiting = record().await;
    assert_eq!((&waiting.id, waiting.service, waiting.lane), (&id, BuiltIn::AccountEnrichment.id(), Lane::Background));
    assert_eq!(waiting.subject, Subject::Account("known".to_owned()));
    assert_eq!((waiting.state, waiting.attempts, waiting.started_at), (JobState::Waiting, 0, None));
    assert!((before..before + 60_000).contains(&waiting.created_at));

    take(&jobs, BuiltIn::AccountEnrichment).await;
    let running = record().await;
    assert_eq!((running.state, running.attempts, running.finished_at), (JobState::Running, 1, None));
    assert!(running.started_at >= Some(waiting.created_at));
    assert_eq!(running.created_at, waiting.created_at);

    let job = take_over(&jobs, BuiltIn::AccountEnrichment).await;
    assert_eq!(record().await.attempts, 2);
    let later = jobs.settle(&job, &Ending::Failed("It failed.".to_owned())).await.expect("Redis answers");
    assert_eq!(later, Settled::Later);
    let retrying = record().await;
    assert_eq!((retrying.state, retrying.attempts, retrying.message), (JobState::Retrying, 2, None));
    assert_eq!(retrying.last_error.as_deref(), Some("It failed."));
    assert!(retrying.next_attempt_at >= retrying.started_at.map(|at| at + 30_000), "the wait before the third attempt");

    // An urgent request makes it due at once.
    let joined = jobs.enqueue(&Work::EnrichAccount("known".to_owned()), Lane::Priority, None).await.expect("a job");
    assert_eq!(joined, id);
    let waiting = record().await;
    assert_eq!((waiting.state, waiting.lane, waiting.next_attempt_at), (JobState::Waiting, Lane::Priority, None));
    settle(&jobs, &take(&jobs, BuiltIn::AccountEnrichment).await, Ending::Failed("It failed.".to_owned())).await;
    let ended = record().await;
    assert_eq!((ended.state, ended.attempts, ended.message.as_deref()), (JobState::Dead, 3, Some("It failed.")));
    assert!(ended.finished_at >= ended.started_at && ended.started_at.is_some());
}

#[tokio::test]
async fn an_id_that_is_none_is_not_found() {
    let (redis, _, jobs) = with_one_user().await;
    let id = jobs.enqueue(&Work::SyncBalances(1), Lane::Priority, None).await.expect("a job");
    // A record under a name that no job can have is not looked up.
    let fields = [("service", "balance-sync"), ("lane", "priority"), ("user", "1"), ("state", "waiting")];
    let _: () = redis.connection().await.hset_multiple(keys::job("x"), &fields).await.expect("written");
    let _: () = redis
        .connection()
        .await
        .hset_multiple(keys::job("x"), &[("attempts", "0"), ("createdAt", "1")])
        .await
        .expect("written");
    for none in ["", "x", "*", &id.0[1..], &id.0.to_uppercase(), &format!("{id}\n"), &"0".repeat(100_000)] {
        assert_eq!(jobs.find(&JobId(none.to_owned())).await.expect("an answer"), None, "{none:.40}");
    }
    assert!(jobs.find(&id).await.expect("Redis answers").is_some());
}

#[tokio::test]
async fn the_lanes_of_one_service_do_not_meet_those_of_another() {
    let (_redis, _, jobs) = with_one_user().await;
    let id = jobs.enqueue(&Work::DiscoverAccounts(1), Lane::Priority, None).await.expect("a job");
    for other in [BuiltIn::BalanceSync, BuiltIn::AccountEnrichment] {
        assert_eq!(jobs.counts(other).await.expect("counts").priority, 0);
        assert_eq!(jobs.take(other, "one").await.expect("Redis answers"), None);
    }
    assert_eq!(jobs.counts(DISCOVERY).await.expect("counts").priority, 1);
    assert_eq!(take(&jobs, DISCOVERY).await.id, id);
}
