//! Jobs as people look for them: listed, searched, with their history, tried again and discarded.

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use futures::future::join_all;
use redis::AsyncCommands;
use service_manager::model::audit::{Action, Intent, Verdict};
use service_manager::model::job::{JobId, JobRecord, JobState, Lane, Subject};
use service_manager::model::job_history::AttemptOutcome;
use service_manager::model::job_list::JobList;
use service_manager::model::service::BuiltIn;
use service_manager::model::user::Role;
use service_manager::server::audit::{Audit, Filter};
use service_manager::server::redis::keys;
use service_manager::server::worker::bank::Bank;
use service_manager::server::worker::ending::Ending;
use service_manager::server::worker::queue::{Changed, Jobs, Settled, Taken, Timing, Work};

use crate::jobs::{settle, take, take_over};
use crate::lanes::with_users;
use crate::requested_work::logged_ends;
use crate::support::RedisServer;

const SYNC: BuiltIn = BuiltIn::BalanceSync;

/// Reads a list to its end, so many at a time, and answers all pages.
async fn pages(jobs: &Jobs, services: &[BuiltIn], lists: &[JobList], most: usize) -> Vec<Vec<JobRecord>> {
    let (mut pages, mut cursor) = (Vec::new(), None);
    loop {
        let (page, next) = jobs.list(services, lists, cursor.as_ref(), most).await.expect("a page");
        pages.push(page);
        if next.is_none() {
            return pages;
        }
        cursor = next;
    }
}

async fn listed(jobs: &Jobs, list: JobList) -> Vec<JobId> {
    let found = pages(jobs, &BuiltIn::ALL, &[list], 7).await;
    found.into_iter().flatten().map(|job| job.id).collect()
}

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

fn failed() -> Ending {
    Ending::Failed("It failed.".to_owned())
}

fn hopeless() -> Ending {
    Ending::Hopeless("It is nobody's.".to_owned())
}

/// Lets the next `count` jobs die.
async fn let_die(jobs: &Jobs, count: usize) {
    for _ in 0..count {
        settle(jobs, &take(jobs, SYNC).await, hopeless()).await;
    }
}

#[tokio::test]
async fn each_job_is_on_one_page_of_the_list_it_is_in_and_pages_keep_their_order() {
    let redis = RedisServer::start().await;
    let users = with_users(&redis, 60).await;
    let bank = Bank::new(redis.redis());
    let accounts: Vec<String> = (0..5).map(|number| format!("a{number}")).collect();
    bank.meet_accounts(1, &accounts).await.expect("kept");
    let jobs = Jobs::new(redis.redis());
    let mut queued = jobs.sync_all(&users, Lane::Background).await.expect("jobs");
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
    let jobs = Jobs::with_timing(redis.redis(), Timing { outage: Duration::ZERO, ..Timing::default() });
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
