//! Jobs that people have tried again and discarded.

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use futures::future::join_all;
use redis::AsyncCommands;
use service_manager::model::audit::{Action, Intent, Verdict};
use service_manager::model::job::{JobId, JobState, Lane, Subject};
use service_manager::model::job_list::JobList;
use service_manager::model::user::Role;
use service_manager::server::audit::{Audit, Filter};
use service_manager::server::redis::keys;
use service_manager::server::worker::bank::Bank;
use service_manager::server::worker::ending::Ending;
use service_manager::server::worker::queue::{Changed, Jobs, Settled, Taken, Timing, Work};

use crate::support::RedisServer;
use crate::support::jobs::{SYNC, failed, hopeless, let_die, listed, logged_ends, settle, take, take_over, with_users};

async fn state_of(jobs: &Jobs, id: &JobId) -> JobState {
    jobs.find(id).await.expect("Redis answers").expect("a record").state
}

fn intent(action: Action) -> Intent {
    Intent {
        actor: Some("ana".to_owned()),
        role: Some(Role::Operator),
        action,
        target: String::new(),
        parameters: BTreeMap::new(),
        reason: None,
        request_id: "r".to_owned(),
        address: "127.0.0.1".to_owned(),
    }
}

#[tokio::test]
async fn a_dead_job_begins_anew_with_all_its_attempts() {
    let redis = RedisServer::start().await;
    with_users(&redis, 1).await;
    let jobs = Jobs::with_timing(redis.redis(), Timing { retries: vec![Duration::ZERO; 2], ..Timing::default() });
    let id = jobs.enqueue(&Work::SyncBalances(1), Lane::Background, None).await.expect("a job");
    for _ in 0..3 {
        jobs.settle(&take_over(&jobs, SYNC).await, &failed()).await.expect("Redis answers");
    }
    assert_eq!(state_of(&jobs, &id).await, JobState::Dead);
    assert_eq!(
        jobs.retry(std::slice::from_ref(&id), &intent(Action::Retry)).await.expect("answers"),
        [(id.clone(), Changed::Done)]
    );
    let record = jobs.find(&id).await.expect("Redis answers").expect("a record");
    assert_eq!((record.state, record.attempts, record.lane), (JobState::Waiting, 0, Lane::Priority));
    assert_eq!((record.finished_at, record.message), (None, None));
    let kept: i64 = redis.connection().await.ttl(keys::job(&id.0)).await.expect("seconds");
    assert_eq!(kept, -1, "it is not forgotten before it ends");
    assert_eq!(listed(&jobs, JobList::Dead).await, []);
    let joined = jobs.enqueue(&Work::SyncBalances(1), Lane::Priority, None).await.expect("a job");
    assert_eq!(joined, id, "a request for its subject joins it");
    assert_eq!(
        jobs.retry(std::slice::from_ref(&id), &intent(Action::Retry)).await.expect("answers"),
        [(id.clone(), Changed::NotNow(JobState::Waiting))]
    );

    for left in [2, 1] {
        assert_eq!(
            jobs.settle(&take_over(&jobs, SYNC).await, &failed()).await.expect("answers"),
            Settled::Later,
            "{left}"
        );
    }
    settle(&jobs, &take_over(&jobs, SYNC).await, failed()).await;
    assert_eq!(
        jobs.detail(&id).await.expect("an answer").expect("a job").history.len(),
        6,
        "its past is not forgotten"
    );
}

#[tokio::test]
async fn one_subject_is_never_queued_twice_by_a_retry() {
    let redis = RedisServer::start().await;
    with_users(&redis, 1).await;
    let jobs = Jobs::new(redis.redis());
    let dead = jobs.enqueue(&Work::SyncBalances(1), Lane::Priority, None).await.expect("a job");
    let_die(&jobs, 1).await;
    let fresh = jobs.enqueue(&Work::SyncBalances(1), Lane::Priority, None).await.expect("a job");
    assert_eq!(
        jobs.retry(std::slice::from_ref(&dead), &intent(Action::Retry)).await.expect("answers"),
        [(dead.clone(), Changed::Queued(fresh.clone()))]
    );
    assert_eq!(listed(&jobs, JobList::Dead).await, std::slice::from_ref(&dead));

    // Fifty at once are one retry.
    settle(&jobs, &take(&jobs, SYNC).await, Ending::Done("done".to_owned())).await;
    let (asked, intent) = ([dead.clone()], intent(Action::Retry));
    let answers = join_all((0..50).map(|_| jobs.retry(&asked, &intent))).await;
    let made = answers.iter().filter(|answer| answer.as_ref().expect("an answer")[0].1 == Changed::Done).count();
    assert_eq!((made, jobs.counts(SYNC).await.expect("counts").priority), (1, 1));
}

#[tokio::test]
async fn what_waits_for_its_next_attempt_goes_at_once() {
    let redis = RedisServer::start().await;
    with_users(&redis, 1).await;
    let jobs = Jobs::new(redis.redis());
    let id = jobs.enqueue(&Work::SyncBalances(1), Lane::Priority, None).await.expect("a job");
    jobs.settle(&take(&jobs, SYNC).await, &failed()).await.expect("Redis answers");
    assert_eq!(jobs.take(SYNC, "too early").await.expect("Redis answers"), None);
    assert_eq!(
        jobs.retry(std::slice::from_ref(&id), &intent(Action::Retry)).await.expect("answers"),
        [(id.clone(), Changed::Done)]
    );
    let record = jobs.find(&id).await.expect("Redis answers").expect("a record");
    assert_eq!((record.state, record.attempts, record.next_attempt_at), (JobState::Waiting, 1, None));
    assert_eq!(take(&jobs, SYNC).await.id, id);
    assert_eq!(
        jobs.retry(std::slice::from_ref(&id), &intent(Action::Retry)).await.expect("answers"),
        [(id.clone(), Changed::NotNow(JobState::Running))]
    );
}

#[tokio::test]
async fn a_discarded_job_ends_once_as_dead_and_a_dead_one_leaves_the_list() {
    let redis = RedisServer::start().await;
    with_users(&redis, 3).await;
    Bank::new(redis.redis()).meet_accounts(1, &["a\"\\<b>".to_owned()]).await.expect("kept");
    let jobs = Jobs::new(redis.redis());
    let ask = async |work: Work, lane| jobs.enqueue(&work, lane, None).await.expect("a job");
    let retrying = ask(Work::SyncBalances(1), Lane::Priority).await;
    jobs.settle(&take(&jobs, SYNC).await, &failed()).await.expect("Redis answers");
    let running = ask(Work::SyncBalances(2), Lane::Priority).await;
    let held = take(&jobs, SYNC).await;
    let waiting = ask(Work::SyncBalances(3), Lane::Background).await;
    let odd = ask(Work::EnrichAccount("a\"\\<b>".to_owned()), Lane::Priority).await;
    let all = [retrying.clone(), running.clone(), waiting.clone(), odd.clone(), JobId("x".to_owned())];
    let answers = jobs.discard(&all, "Discarded by ana.", &intent(Action::Discard)).await.expect("answers");
    let words: Vec<Changed> = answers.into_iter().map(|(_, word)| word).collect();
    assert_eq!(
        words,
        [Changed::Done, Changed::NotNow(JobState::Running), Changed::Done, Changed::Done, Changed::Unknown]
    );
    for id in [&retrying, &waiting, &odd] {
        let record = jobs.find(id).await.expect("Redis answers").expect("a record");
        assert_eq!((record.state, record.message.as_deref()), (JobState::Dead, Some("Discarded by ana.")));
        assert_eq!(record.next_attempt_at, None);
        let kept: i64 = redis.connection().await.ttl(keys::job(&id.0)).await.expect("seconds");
        assert!((604_700..=604_800).contains(&kept), "a week: {kept} s");
    }
    let told = logged_ends(&redis).await;
    let ended: HashSet<&JobId> = told.iter().map(|end| &end.id).collect();
    assert_eq!((told.len(), ended), (2, HashSet::from([&retrying, &odd])), "for those that somebody waits for");
    assert!(told.iter().any(|end| end.subject == Subject::Account("a\"\\<b>".to_owned())));
    let counts = jobs.counts(SYNC).await.expect("counts");
    assert_eq!((counts.background, counts.retrying, counts.running, counts.dead), (0, 0, 1, 2));
    assert_eq!(jobs.take(SYNC, "a worker").await.expect("Redis answers"), None, "nobody gets it");
    settle(&jobs, &held, Ending::Done("done".to_owned())).await;
    let fresh = ask(Work::SyncBalances(3), Lane::Priority).await;
    assert_ne!(fresh, waiting, "nobody joins what was discarded");

    let again = jobs
        .discard(&[waiting.clone(), running.clone()], "Discarded by ana.", &intent(Action::Discard))
        .await
        .expect("answers");
    assert_eq!(
        again.into_iter().map(|(_, word)| word).collect::<Vec<_>>(),
        [Changed::Done, Changed::NotNow(JobState::Done)]
    );
    assert!(!listed(&jobs, JobList::Dead).await.contains(&waiting));
    let again = jobs
        .discard(std::slice::from_ref(&waiting), "Discarded by ana.", &intent(Action::Discard))
        .await
        .expect("answers");
    assert_eq!(again, [(waiting, Changed::NotNow(JobState::Dead))]);
}

#[tokio::test]
async fn an_id_that_is_given_twice_is_told_twice_what_was_done_once() {
    let redis = RedisServer::start().await;
    with_users(&redis, 1).await;
    let jobs = Jobs::new(redis.redis());
    let id = jobs.enqueue(&Work::SyncBalances(1), Lane::Background, None).await.expect("a job");
    let_die(&jobs, 1).await;
    let twice = [id.clone(), id.clone()];
    let answers = jobs.retry(&twice, &intent(Action::Retry)).await.expect("answers");
    assert_eq!(answers, [(id.clone(), Changed::Done), (id, Changed::Done)]);
    let records = Audit::new(redis.redis()).read(&Filter::default(), None, 10).await.expect("records").records;
    assert_eq!(records[0].outcome.as_ref().expect("an outcome").message, "1 of 1 retried.");
    let counts = jobs.counts(SYNC).await.expect("counts");
    assert_eq!(counts.priority + counts.background, 1);
}

/// While workers take, end and lose jobs, somebody retries and discards at random: every job is in one place at the end,
/// none is lost and none is worked on by two.
#[tokio::test]
async fn retries_and_discards_meet_workers_at_any_moment() {
    let redis = RedisServer::start().await;
    let users = with_users(&redis, 100).await;
    let timing = Timing { retries: vec![Duration::ZERO; 2], outage: Duration::ZERO, ..Timing::default() };
    let jobs = Jobs::with_timing(redis.redis(), timing);
    let ids = jobs.sync_all(&users, Lane::Background).await.expect("jobs");
    let work = async |worker: &str| {
        for place in 0..200 {
            if let Some(Taken::Job(job)) = jobs.take(SYNC, worker).await.expect("Redis answers") {
                let ending = [failed(), hopeless(), failed(), Ending::Done("done".to_owned())][place % 4].clone();
                assert_ne!(jobs.settle(&job, &ending).await.expect("Redis answers"), Settled::Stale);
            }
        }
    };
    let meddle = async |by: usize| {
        let (mut retried, mut discarded) = (0, 0);
        for place in 0..200 {
            let id = std::slice::from_ref(&ids[place * by % ids.len()]);
            let retries = jobs.retry(id, &intent(Action::Retry)).await.expect("answers");
            let discards = jobs.discard(id, "Discarded by ana.", &intent(Action::Discard)).await.expect("answers");
            retried += usize::from(retries[0].1 == Changed::Done);
            discarded += usize::from(discards[0].1 == Changed::Done);
        }
        (retried, discarded)
    };
    let ((), (), one, other) = tokio::join!(work("w1"), work("w2"), meddle(7), meddle(13));
    assert!(one.0 + other.0 > 0 && one.1 + other.1 > 0, "both happened: {one:?} {other:?}");

    // Whoever is not done by now is, once nobody meddles any more.
    while let Some(Taken::Job(job)) = jobs.take(SYNC, "w3").await.expect("Redis answers") {
        settle(&jobs, &job, Ending::Done("done".to_owned())).await;
    }
    for id in &ids {
        let state = state_of(&jobs, id).await;
        assert!(matches!(state, JobState::Done | JobState::Dead), "{id}: {state:?}");
    }
    let counts = jobs.counts(SYNC).await.expect("counts");
    assert_eq!((counts.priority, counts.background, counts.running, counts.retrying), (0, 0, 0, 0));
    let queued: u64 = redis.connection().await.hlen(keys::queued_jobs(SYNC)).await.expect("a length");
    assert_eq!(queued, 0, "no subject is left as if it waited");
}

#[tokio::test]
async fn each_retry_and_discard_is_in_the_audit_with_its_jobs_and_what_came_of_it() {
    let redis = RedisServer::start().await;
    let users = with_users(&redis, 3).await;
    let jobs = Jobs::new(redis.redis());
    let ids = jobs.sync_all(&users, Lane::Background).await.expect("jobs");
    let_die(&jobs, 2).await;
    jobs.retry(&ids, &intent(Action::Retry)).await.expect("answers");
    jobs.retry(&ids[2..], &intent(Action::Retry)).await.expect("answers");
    jobs.discard(&ids[..1], "Discarded by ana.", &intent(Action::Discard)).await.expect("answers");
    let records = Audit::new(redis.redis()).read(&Filter::default(), None, 10).await.expect("records").records;
    let told: Vec<_> = records
        .iter()
        .rev()
        .map(|record| {
            let outcome = record.outcome.as_ref().expect("an outcome");
            let parameters = &record.intent.parameters;
            let jobs = parameters.get("jobIds").or_else(|| parameters.get("jobId")).cloned().unwrap_or_default();
            (record.intent.action, record.intent.target.as_str(), jobs, outcome.verdict, outcome.message.as_str())
        })
        .collect();
    let all = format!("{} {} {}", ids[0], ids[1], ids[2]);
    assert_eq!(
        told,
        [
            (Action::Retry, "balance-sync", all, Verdict::Succeeded, "2 of 3 retried."),
            (Action::Retry, "balance-sync", ids[2].0.clone(), Verdict::Refused, "0 of 1 retried."),
            (Action::Discard, "balance-sync", ids[0].0.clone(), Verdict::Succeeded, "1 of 1 discarded."),
        ]
    );
}

#[tokio::test]
async fn what_cannot_be_written_down_is_not_done() {
    let redis = RedisServer::start().await;
    let users = with_users(&redis, 2).await;
    let jobs = Jobs::new(redis.redis());
    let ids = jobs.sync_all(&users, Lane::Background).await.expect("jobs");
    let_die(&jobs, 1).await;
    let _: () = redis.connection().await.set(keys::AUDIT, "in the way").await.expect("written");
    assert!(jobs.retry(&ids[..1], &intent(Action::Retry)).await.is_err());
    assert!(jobs.discard(&ids, "Discarded by ana.", &intent(Action::Discard)).await.is_err());
    assert_eq!([state_of(&jobs, &ids[0]).await, state_of(&jobs, &ids[1]).await], [JobState::Dead, JobState::Waiting]);
    assert_eq!(listed(&jobs, JobList::Dead).await, ids[..1]);
}
