//! Jobs of the queue: queued, taken, ended, listed, and their ends in the event log.

use std::collections::HashMap;

use service_manager::model::job::{JobId, JobOutcome, JobRecord, JobState, Lane};
use service_manager::model::job_list::JobList;
use service_manager::model::service::BuiltIn;
use service_manager::server::core_banking::wire::Customer;
use service_manager::server::redis::keys;
use service_manager::server::worker::WorkerContext;
use service_manager::server::worker::bank::Bank;
use service_manager::server::worker::ending::Ending;
use service_manager::server::worker::queue::{Job, Jobs, Settled, Taken, Work};

use crate::support::{RedisServer, eventually};

/// Users with the numbers 1 to `count`.
pub async fn with_users(redis: &RedisServer, count: usize) -> Vec<u64> {
    let bank = Bank::new(redis.redis());
    let customer = |number| Customer { customer_id: format!("{number}"), display_name: "Ana".to_owned() };
    let customers: Vec<Customer> = (10_000_001..).take(count).map(customer).collect();
    bank.meet_customers(&customers).await.expect("numbers")
}

/// Takes the next job, which there is.
pub async fn take(jobs: &Jobs, service: BuiltIn) -> Job {
    let taken = jobs.take(service, "a worker").await.expect("Redis answers");
    match taken {
        Some(Taken::Job(job)) => job,
        other => panic!("a job: {other:?}"),
    }
}

/// Takes a job whose lease is over in no time, with a queue that has such leases.
pub async fn take_over(jobs: &Jobs, service: BuiltIn) -> Job {
    eventually("a lease runs out", || async {
        match jobs.take(service, "another worker").await.expect("Redis answers") {
            Some(Taken::Job(job)) => Some(job),
            _ => None,
        }
    })
    .await
}

/// How a job ended that was settled.
pub async fn settle(jobs: &Jobs, job: &Job, ending: Ending) -> JobOutcome {
    match jobs.settle(job, &ending).await.expect("Redis answers") {
        Settled::Ended(outcome) => outcome,
        other => panic!("an end: {other:?}"),
    }
}

/// Queues that work in the priority lane.
pub async fn ask(context: &WorkerContext, work: &Work) -> JobId {
    context.jobs.enqueue(work, Lane::Priority, None).await.expect("it is queued")
}

/// The ends of jobs in the event log.
pub async fn logged_ends(redis: &RedisServer) -> Vec<JobOutcome> {
    let mut read = redis::cmd("XRANGE");
    read.arg(keys::EVENTS).arg(&["-", "+"]);
    let entries: Vec<(String, HashMap<String, String>)> =
        read.query_async(&mut redis.connection().await).await.expect("the log");
    let jobs = entries.iter().filter(|(_, fields)| fields["kind"] == "job");
    jobs.map(|(_, fields)| serde_json::from_str(&fields["message"]).expect("an outcome")).collect()
}

/// The service whose jobs most tests are about.
pub const SYNC: BuiltIn = BuiltIn::BalanceSync;

/// Reads a list to its end, so many at a time, and answers all pages.
pub async fn pages(jobs: &Jobs, services: &[BuiltIn], lists: &[JobList], most: usize) -> Vec<Vec<JobRecord>> {
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

/// The jobs of all services in a list, in its order.
pub async fn listed(jobs: &Jobs, list: JobList) -> Vec<JobId> {
    let found = pages(jobs, &BuiltIn::ALL, &[list], 7).await;
    found.into_iter().flatten().map(|job| job.id).collect()
}

/// The ending of an attempt that is made again later.
pub fn failed() -> Ending {
    Ending::Failed("It failed.".to_owned())
}

/// The ending of a job that is not tried again.
pub fn hopeless() -> Ending {
    Ending::Hopeless("It is nobody's.".to_owned())
}

/// Lets the next `count` jobs die.
pub async fn let_die(jobs: &Jobs, count: usize) {
    for _ in 0..count {
        settle(jobs, &take(jobs, SYNC).await, hopeless()).await;
    }
}

/// The record of a job; nothing also when Redis does not answer.
pub async fn record(context: &WorkerContext, id: &JobId) -> Option<JobRecord> {
    context.jobs.find(id).await.ok()?
}

/// Every job of the ledger has ended, once, and nothing else has. Answers how many are done, and how many attempts there
/// were.
pub async fn assert_each_ended_once(redis: &RedisServer, context: &WorkerContext, ledger: &[JobId]) -> (usize, u64) {
    let mut ends: HashMap<JobId, usize> = HashMap::new();
    for outcome in logged_ends(redis).await {
        *ends.entry(outcome.id).or_default() += 1;
    }
    let (mut done, mut attempts) = (0, 0);
    for id in ledger {
        let record = record(context, id).await.expect("a record");
        assert!(matches!(record.state, JobState::Done | JobState::Dead), "lost: {record:?}");
        assert_eq!(ends.remove(id), Some(1), "{record:?}");
        done += usize::from(record.state == JobState::Done);
        attempts += record.attempts;
    }
    assert!(ends.is_empty(), "ends of jobs that nobody asked for: {ends:?}");
    let counts = context.jobs.counts(SYNC).await.expect("counts");
    assert_eq!([counts.priority, counts.background, counts.running, counts.retrying], [0; 4]);
    assert_eq!(counts.dead, (ledger.len() - done) as u64);
    (done, attempts)
}
