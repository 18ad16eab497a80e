//! Our half of the benchmark of the job lanes: the real worker, with jobs that do nothing. `run.mjs` runs it beside
//! `bullmq.mjs`, which takes the same words, and counts.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a benchmark ends when something is wrong"
)]

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use service_manager::model::job::Lane;
use service_manager::model::run::RunId;
use service_manager::model::service::BuiltIn;
use service_manager::model::status::StatusObject;
use service_manager::server::config::{Config, WorkerConfig};
use service_manager::server::core_banking::wire::Customer;
use service_manager::server::metrics::Metrics;
use service_manager::server::redis::Redis;
use service_manager::server::worker::counter::Counter;
use service_manager::server::worker::ending::Ending;
use service_manager::server::worker::orders::Ear;
use service_manager::server::worker::queue::Work;
use service_manager::server::worker::runner::{Now, Opening, Progress, Runner, Service};
use service_manager::server::worker::schedule::RunCount;
use service_manager::server::worker::services::balance_sync::BalanceSync;
use service_manager::server::worker::{WorkError, WorkerContext};
use tokio_util::sync::CancellationToken;

const LANE: Lane = Lane::Priority;

/// When each job began, by the number of its user, in µs since the Unix epoch; 0 for one that has not.
static BEGAN: OnceLock<Vec<AtomicU64>> = OnceLock::new();

/// How many jobs have begun.
static COUNT: AtomicUsize = AtomicUsize::new(0);

/// balance-sync with so many jobs at a time, each of which notes only when it began.
struct Idle<const WORKERS: usize>;

impl<const WORKERS: usize> Service for Idle<WORKERS> {
    const KIND: BuiltIn = BuiltIn::BalanceSync;
    const AT_ONCE: usize = WORKERS;
    type Run = Infallible;

    fn interval(config: &WorkerConfig) -> Duration {
        BalanceSync::interval(config)
    }

    fn status(now: &Now) -> StatusObject {
        BalanceSync::status(now)
    }

    fn left(run: &Infallible) -> u64 {
        match *run {}
    }

    fn count(run: &Infallible) -> RunCount {
        match *run {}
    }

    async fn begin(context: &WorkerContext, opening: &Opening<'_>) -> Result<Option<(RunId, Infallible)>, WorkError> {
        BalanceSync::begin(context, opening).await
    }

    async fn step(_: &WorkerContext, run: &mut Infallible) -> Result<Progress, WorkError> {
        match *run {}
    }

    async fn perform(_: &WorkerContext, work: &Work, _: &Counter) -> Result<Ending, WorkError> {
        let (Work::SyncBalances(user), Some(began)) = (work, BEGAN.get()) else {
            panic!("an unexpected job: {work:?}")
        };
        began[*user as usize - 1].store(now(), Ordering::Relaxed);
        COUNT.fetch_add(1, Ordering::Relaxed);
        Ok(Ending::Done("done".to_owned()))
    }
}

/// This machine's time in µs since the Unix epoch.
fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("a time after 1970").as_micros() as u64
}

#[tokio::main]
async fn main() {
    // `cargo bench` adds a word of its own.
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let number = |place: usize| words.get(place).and_then(|word| word.parse().ok()).unwrap_or(0_u64);
    let (port, jobs) = (number(1), number(2) as usize);
    rustls::crypto::ring::default_provider().install_default().expect("no other one");
    let settings = [("REDIS_HOST", "127.0.0.1".to_owned()), ("REDIS_PORT", port.to_string())];
    let values = HashMap::from(settings.map(|(name, value)| (name.to_owned(), value)));
    let config = Config::from_values(values).expect("good settings");
    let redis = Redis::new(config.redis.clone()).expect("a way to Redis");
    let context = WorkerContext::new(&config, redis, Metrics::new().expect("metrics")).expect("a context");
    match words.first().map(String::as_str) {
        Some("fill") => fill(&context, jobs).await,
        Some("work") => match number(3) {
            1 => work::<1>(&context, jobs).await,
            4 => work::<4>(&context, jobs).await,
            16 => work::<16>(&context, jobs).await,
            other => panic!("{other} workers were not foreseen"),
        },
        Some("pace") => pace(&context, jobs, number(3), number(4)).await,
        // `cargo bench` without words would measure nothing.
        _ => println!("This is half of a benchmark: run `make bench-jobs`."),
    }
}

/// Queues that many jobs.
async fn fill(context: &WorkerContext, jobs: usize) {
    let users: Vec<u64> = (1..=jobs as u64).collect();
    context.jobs.sync_all(&users, LANE).await.expect("jobs");
}

/// Works until that many jobs have ended. Prints `ready` as soon as it may begin, then when each job began and when the
/// last one had ended.
async fn work<const WORKERS: usize>(context: &WorkerContext, jobs: usize) {
    BEGAN.get_or_init(|| (0..jobs).map(|_| AtomicU64::new(0)).collect());
    let shutdown = CancellationToken::new();
    let ear = Ear::new(context.commands.clone(), "bench".to_owned());
    let running = tokio::spawn(Runner::<Idle<WORKERS>>::new(context, &ear).run(shutdown.clone()));
    let listening = tokio::spawn(ear.listen(shutdown.clone()));
    println!("ready");
    while COUNT.load(Ordering::Relaxed) < jobs
        || !context.jobs.is_finished(BuiltIn::BalanceSync, LANE).await.expect("Redis answers")
    {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let ended = now();
    shutdown.cancel();
    running.await.expect("it ends");
    listening.await.expect("it ends");
    let began: Vec<u64> = BEGAN.get().expect("moments").iter().map(|at| at.load(Ordering::Relaxed)).collect();
    println!("{}", serde_json::json!({ "began": began, "ended": ended }));
}

/// Queues a job every so many µs, the first one at a moment in µs since the Unix epoch. Whatever comes late is queued at
/// once, so that its delay is seen.
async fn pace(context: &WorkerContext, jobs: usize, first: u64, every: u64) {
    let customer = |number| Customer { customer_id: format!("{number}"), display_name: "Ana".to_owned() };
    let customers: Vec<Customer> = (0..jobs).map(customer).collect();
    for some in customers.chunks(100) {
        context.bank.meet_customers(some).await.expect("numbers");
    }
    for place in 0..jobs as u64 {
        let due = first + place * every;
        // The thread itself sleeps, because Tokio's clock ticks in whole ms.
        std::thread::sleep(Duration::from_micros(due.saturating_sub(now())));
        context.jobs.enqueue(&Work::SyncBalances(place + 1), LANE, None).await.expect("it is queued");
    }
}
