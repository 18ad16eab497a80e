//! Jobs as people look for them: listed, searched, with their history.

use std::collections::HashSet;
use std::time::Duration;

use redis::AsyncCommands;
use service_manager::model::job::{JobId, Lane};
use service_manager::model::job_history::AttemptOutcome;
use service_manager::model::job_list::JobList;
use service_manager::model::service::BuiltIn;
use service_manager::server::redis::keys;
use service_manager::server::worker::bank::Bank;
use service_manager::server::worker::ending::Ending;
use service_manager::server::worker::queue::{Jobs, Settled, Timing, Work};

use crate::support::RedisServer;
use crate::support::jobs::{SYNC, failed, hopeless, let_die, listed, pages, settle, take, take_over, with_users};

#[tokio::test]
async fn each_job_is_on_one_page_of_the_list_it_is_in_and_pages_keep_their_order() {
    let redis = RedisServer::start().await;
    let users = with_users(&redis, 60).await;
    let bank = Bank::new(redis.redis());
    let accounts: Vec<String> = (0..5).map(|number| format!("a{number}")).collect();
    bank.meet_accounts(1, &accounts).await.expect("kept");
    let jobs = Jobs::new(redis.redis());
    let mut queued = jobs.sync_all(&users, Lane::Background).await.expect("jobs");
    // Two services' jobs of one ms are in no order that could be told.
    redis.next_millisecond().await;
    for account in &accounts {
        let work = Work::EnrichAccount(account.clone());
        queued.push(jobs.enqueue(&work, Lane::Background, None).await.expect("a job"));
    }
    let (mut dead, mut done, mut retrying) = (Vec::new(), Vec::new(), Vec::new());
    for place in 0..30 {
        let job = take(&jobs, SYNC).await;
        let (ended, ending) = match place % 3 {
            0 => (&mut dead, hopeless()),
            1 => (&mut done, Ending::Done("done".to_owned())),
            _ => (&mut retrying, failed()),
        };
        jobs.settle(&job, &ending).await.expect("Redis answers");
        ended.push(job.id);
    }
    let urgent = jobs.enqueue(&Work::SyncBalances(60), Lane::Priority, None).await.expect("a job");
    let (one, other) = (take(&jobs, SYNC).await, take(&jobs, BuiltIn::AccountEnrichment).await);
    assert_eq!(one.id, urgent);
    queued.retain(|id| {
        ![&dead, &done, &retrying].iter().any(|ended| ended.contains(id)) && *id != urgent && *id != other.id
    });
    // Those of one ms stand in the order of their ids.
    for list in [&mut dead, &mut done] {
        let mut ended = Vec::new();
        for id in list.iter() {
            let record = jobs.find(id).await.expect("Redis answers").expect("a record");
            ended.push((record.finished_at, id.0.clone()));
        }
        ended.sort();
        *list = ended.into_iter().rev().map(|(_, id)| JobId(id)).collect();
    }

    assert_eq!(listed(&jobs, JobList::Dead).await, dead);
    assert_eq!(listed(&jobs, JobList::Done).await, done);
    assert_eq!(listed(&jobs, JobList::Retrying).await.len(), retrying.len());
    assert_eq!(listed(&jobs, JobList::Priority).await, []);
    let background = listed(&jobs, JobList::Background).await;
    assert_eq!(background, queued, "in the order in which they are taken, over both services");
    let running: HashSet<JobId> = listed(&jobs, JobList::Running).await.into_iter().collect();
    assert_eq!(running, HashSet::from([one.id.clone(), other.id.clone()]));

    let everything = pages(&jobs, &BuiltIn::ALL, &JobList::ALL, 10).await;
    assert!(everything.iter().rev().skip(1).all(|page| page.len() == 10));
    let everything: Vec<JobId> = everything.into_iter().flatten().map(|job| job.id).collect();
    let total = 2 + retrying.len() + queued.len() + dead.len() + done.len();
    assert_eq!((everything.len(), everything.iter().collect::<HashSet<_>>().len()), (total, total));
    assert_eq!(total, 65);
    let of_one = pages(&jobs, &[BuiltIn::AccountEnrichment], &JobList::ALL, 50).await.concat();
    assert_eq!(of_one.len(), 5);
}

#[tokio::test]
async fn a_page_goes_on_where_the_last_one_ended_though_jobs_have_left_meanwhile() {
    let redis = RedisServer::start().await;
    let users = with_users(&redis, 30).await;
    let jobs = Jobs::new(redis.redis());
    let ids = jobs.sync_all(&users, Lane::Background).await.expect("jobs");
    let (first, next) = jobs.list(&[SYNC], &[JobList::Background], None, 10).await.expect("a page");
    assert_eq!(first.last().map(|job| &job.id), Some(&ids[9]));
    for _ in 0..15 {
        take(&jobs, SYNC).await;
    }
    let (second, _) = jobs.list(&[SYNC], &[JobList::Background], next.as_ref(), 10).await.expect("a page");
    assert_eq!(second.first().map(|job| &job.id), Some(&ids[15]), "the next one that still waits");
}

#[tokio::test]
async fn the_list_of_what_was_done_is_bounded() {
    let redis = RedisServer::start().await;
    let users = with_users(&redis, 1_010).await;
    let jobs = Jobs::new(redis.redis());
    let ids = jobs.sync_all(&users, Lane::Background).await.expect("jobs");
    for _ in &users {
        settle(&jobs, &take(&jobs, SYNC).await, Ending::Done("done".to_owned())).await;
    }
    let done: Vec<String> = redis.connection().await.zrange(keys::done_jobs(SYNC), 0, -1).await.expect("ids");
    assert_eq!(done.len(), 1_000);
    assert!(done.contains(&ids[1_009].0), "the newest is listed");
}

#[tokio::test]
async fn a_job_is_found_by_its_id_by_its_user_and_by_its_account() {
    let redis = RedisServer::start().await;
    with_users(&redis, 2).await;
    let bank = Bank::new(redis.redis());
    bank.meet_accounts(1, &["0071".to_owned()]).await.expect("kept");
    let jobs = Jobs::new(redis.redis());
    let mut of_user = Vec::new();
    for _ in 0..7 {
        of_user.insert(0, jobs.enqueue(&Work::SyncBalances(1), Lane::Background, None).await.expect("a job"));
        let_die(&jobs, 1).await;
    }
    let of_account = jobs.enqueue(&Work::EnrichAccount("0071".to_owned()), Lane::Priority, None).await.expect("a job");
    let found = async |query: &str| -> Vec<JobId> {
        let found = jobs.search(&BuiltIn::ALL, query).await.expect("an answer");
        found.into_iter().map(|job| job.id).collect()
    };
    assert_eq!(found(&of_user[6].0).await, [of_user[6].clone()], "however old, while it is kept");
    assert_eq!(found("1").await, of_user[..5], "the newest five");
    assert_eq!(found("0071").await, std::slice::from_ref(&of_account));
    for nothing in ["2", "71", "", "*", "0193f1a2-0000-7000-8000-000000000001"] {
        assert_eq!(found(nothing).await, [], "{nothing}");
    }
    assert!(jobs.search(&[SYNC], "0071").await.expect("an answer").is_empty(), "of another service");
}

#[tokio::test]
async fn the_history_tells_each_attempt_with_its_worker_and_its_end() {
    let redis = RedisServer::start().await;
    with_users(&redis, 1).await;
    let timing = |lease| Timing { lease, retries: vec![Duration::ZERO; 2], outage: Duration::ZERO };
    let (brief, jobs) = (
        Jobs::with_timing(redis.redis(), timing(Duration::from_millis(1))),
        Jobs::with_timing(redis.redis(), timing(Duration::from_secs(60))),
    );
    let id = jobs.enqueue(&Work::SyncBalances(1), Lane::Priority, None).await.expect("a job");
    assert_eq!(jobs.detail(&id).await.expect("an answer").expect("a job").history, []);
    take(&brief, SYNC).await;
    let lost = take_over(&jobs, SYNC).await;
    let outage = Ending::Outage { message: "It was away.".to_owned(), reason: "away".to_owned() };
    assert_eq!(jobs.settle(&lost, &outage).await.expect("Redis answers"), Settled::Later);
    let again = take_over(&jobs, SYNC).await;
    assert_eq!(jobs.settle(&again, &failed()).await.expect("Redis answers"), Settled::Later);
    let last = take_over(&jobs, SYNC).await;
    let under_way = jobs.detail(&id).await.expect("an answer").expect("a job").history;
    assert_eq!((under_way.len(), under_way[3].outcome, under_way[3].ended_at), (4, None, None));
    settle(&jobs, &last, Ending::Done("done".to_owned())).await;

    let detail = jobs.detail(&id).await.expect("an answer").expect("a job");
    let told: Vec<_> =
        detail.history.iter().map(|one| (one.worker.as_str(), one.outcome, one.error.as_deref())).collect();
    assert_eq!(
        told,
        [
            ("a worker", Some(AttemptOutcome::Lost), None),
            ("another worker", Some(AttemptOutcome::Interrupted), Some("It was away.")),
            ("another worker", Some(AttemptOutcome::Failed), Some("It failed.")),
            ("another worker", Some(AttemptOutcome::Done), None),
        ]
    );
    assert!(detail.history.is_sorted_by_key(|one| (one.started_at, one.ended_at)));
    assert_eq!((detail.record.attempts, detail.record.worker.as_deref()), (3, Some("another worker")));
}

#[tokio::test]
async fn a_history_tells_of_the_newest_twenty_attempts() {
    let redis = RedisServer::start().await;
    with_users(&redis, 1).await;
    // The first outages cost it nothing, the others an attempt each.
    let timing = Timing { retries: vec![Duration::ZERO; 25], outage: Duration::ZERO, ..Timing::default() };
    let jobs = Jobs::with_timing(redis.redis(), timing);
    let id = jobs.enqueue(&Work::SyncBalances(1), Lane::Priority, None).await.expect("a job");
    for place in 0..25 {
        let job = take_over(&jobs, SYNC).await;
        let ending = Ending::Outage { message: format!("Away {place}."), reason: "away".to_owned() };
        jobs.settle(&job, &ending).await.expect("Redis answers");
    }
    let history = jobs.detail(&id).await.expect("an answer").expect("a job").history;
    assert_eq!((history.len(), history[0].error.as_deref()), (20, Some("Away 5.")));
    let fields: Vec<String> = redis.connection().await.hkeys(keys::job(&id.0)).await.expect("fields");
    assert_eq!(fields.iter().filter(|field| field.contains(':')).count(), 40, "nothing older is kept");
}

#[tokio::test]
async fn an_end_is_told_on_the_channel_of_accounts() {
    use futures::StreamExt;

    let redis = RedisServer::start().await;
    with_users(&redis, 2).await;
    Bank::new(redis.redis()).meet_accounts(2, &["0071".to_owned()]).await.expect("kept");
    let jobs = Jobs::new(redis.redis());
    let mut listener = redis.redis().listener().await.expect("a listener");
    listener.subscribe(keys::ACCOUNT_CHANNEL).await.expect("subscribed");
    jobs.enqueue(&Work::SyncBalances(1), Lane::Background, None).await.expect("a job");
    settle(&jobs, &take(&jobs, SYNC).await, Ending::Done("done".to_owned())).await;
    jobs.enqueue(&Work::EnrichAccount("0071".to_owned()), Lane::Background, None).await.expect("a job");
    settle(&jobs, &take(&jobs, BuiltIn::AccountEnrichment).await, Ending::Done("done".to_owned())).await;
    let mut heard = listener.into_on_message();
    for user in ["1", "2"] {
        let message = heard.next().await.expect("a message");
        assert_eq!(message.get_payload::<String>().expect("text"), user);
    }
}
