//! Commands to our own services: stopped, started, paused, over several workers and their restarts.

use redis::AsyncCommands;
use serde_json::{Value, json};
use service_manager::model::job::{JobState, Lane};
use service_manager::model::service::BuiltIn;
use service_manager::model::user::Role;
use service_manager::server::worker::queue::{Counts, Work};
use service_manager::server::worker::schedule::Runs;

use crate::support::jobs::with_users;
use crate::support::runs::without_periodic_runs;
use crate::support::workers::{context, context_with, quick, start};
use crate::support::{App, Gate, RedisServer, Sandbox, WorkerProcess, eventually};

const SYNC: BuiltIn = BuiltIn::BalanceSync;

/// An instance without a worker, somebody who may control services, and the way to do it.
struct Desk {
    app: App,
    ana: reqwest::Client,
}

impl Desk {
    async fn at(server: &RedisServer) -> Self {
        let app = App::start(server).await;
        let ana = app.signed_in("ana", Role::Operator).await;
        Self { app, ana }
    }

    /// Gives a command to balance-sync; answers its id.
    async fn give(&self, command: &str) -> String {
        let request = self.ana.post(self.app.url("/api/services/balance-sync/commands"));
        let answer = request.header("sec-fetch-site", "same-origin").json(&json!({"command": command})).send().await;
        let answer: Value = answer.expect("an answer").json().await.expect("JSON");
        answer["commandId"].as_str().unwrap_or_else(|| panic!("{command}: {answer}")).to_owned()
    }

    async fn outcome(&self, id: &str) -> Value {
        let answer = self.ana.get(self.app.url(&format!("/api/commands/{id}"))).send().await.expect("an answer");
        answer.json().await.expect("JSON")
    }

    async fn until(&self, id: &str, word: &str) -> Value {
        let what = format!("the command is {word}");
        eventually(&what, || async { Some(self.outcome(id).await).filter(|command| command["outcome"] == word) }).await
    }

    async fn done(&self, command: &str) -> String {
        let id = self.give(command).await;
        self.until(&id, "succeeded").await["message"].as_str().expect("a sentence").to_owned()
    }

    fn state(&self) -> String {
        self.app.state.hub.view(SYNC.id()).expect("it is known").state().to_string()
    }

    async fn until_it_is(&self, state: &str) {
        let what = format!("balance-sync is {state}");
        eventually(&what, || async { (self.state() == state).then_some(()) }).await;
    }

    async fn counts(&self) -> Counts {
        self.app.state.jobs.counts(SYNC).await.expect("counts")
    }

    async fn queue(&self, users: &[u64]) {
        for user in users {
            self.app.state.jobs.enqueue(&Work::SyncBalances(*user), Lane::Background, None).await.expect("queued");
        }
    }

    async fn until_running(&self, jobs: u64) {
        let what = format!("{jobs} jobs are in hand");
        eventually(&what, || async { (self.counts().await.running == jobs).then_some(()) }).await;
    }

    async fn until_nothing_waits(&self) {
        eventually("all jobs are done", || async {
            let counts = self.counts().await;
            (counts.background + counts.priority + counts.running + counts.retrying == 0).then_some(())
        })
        .await;
    }
}

/// Users with one account each at a bank that holds its answers back, and a worker's context.
async fn held_up(redis: &RedisServer, users: usize) -> (Gate, Vec<u64>) {
    let gate = Gate::before(|path| path.ends_with("/balances"), 200).await;
    let users = with_users(redis, users).await;
    let sandbox = Sandbox::start(1).await;
    let context = context(redis, &sandbox);
    for user in &users {
        let account = format!("{}001", 10_000_000 + user);
        context.bank.meet_accounts(*user, &[account]).await.expect("kept");
    }
    without_periodic_runs(&context).await;
    (gate, users)
}

#[tokio::test]
async fn a_stop_lets_running_jobs_finish_keeps_the_others_waiting_and_outlives_the_worker() {
    let redis = RedisServer::start().await;
    let (gate, users) = held_up(&redis, 104).await;
    let desk = Desk::at(&redis).await;
    desk.queue(&users).await;
    let worker = WorkerProcess::start(&redis, &gate.url, &[]);
    desk.until_running(4).await;
    desk.until_it_is("Running").await;

    let stop = desk.give("stop").await;
    desk.until(&stop, "accepted").await;
    desk.until_it_is("Stopping").await;
    gate.permits.add_permits(3);
    desk.until_running(1).await;
    assert_eq!((desk.state().as_str(), &desk.outcome(&stop).await["outcome"]), ("Stopping", &json!("accepted")));
    gate.permits.add_permits(1);
    let stopped = desk.until(&stop, "succeeded").await;
    assert_eq!(stopped["message"], "It has stopped; 100 jobs wait.");
    desk.until_it_is("Stopped").await;

    worker.kill();
    let worker = WorkerProcess::start(&redis, &gate.url, &[]);
    gate.permits.add_permits(1_000);
    let reported = || async {
        let view = desk.app.state.hub.view(SYNC.id())?;
        (view.instances != stopped_instances(&stopped)).then_some(())
    };
    eventually("the new worker reports", reported).await;
    assert_eq!(desk.state(), "Stopped");
    assert_eq!((desk.counts().await.background, desk.counts().await.running), (100, 0));

    assert_eq!(desk.done("start").await, "It works.");
    desk.until_nothing_waits().await;
    worker.kill();
}

fn stopped_instances(command: &Value) -> Vec<String> {
    vec![command["instance"].as_str().expect("a name").to_owned()]
}

#[tokio::test]
async fn a_stop_waits_for_every_worker_and_a_lost_one_does_not_hold_it_up() {
    let redis = RedisServer::start().await;
    let (gate, users) = held_up(&redis, 20).await;
    let desk = Desk::at(&redis).await;
    desk.queue(&users).await;
    let workers = [(); 2].map(|()| WorkerProcess::start(&redis, &gate.url, &[("JOB_LEASE_MS", "1500")]));
    desk.until_running(8).await;
    desk.until_it_is("Running").await;
    let stop = desk.give("stop").await;
    desk.until(&stop, "accepted").await;
    let [lost, left] = workers;
    lost.kill();
    gate.permits.add_permits(8);
    let stopped = desk.until(&stop, "succeeded").await;
    assert!(stopped["message"].as_str().expect("a sentence").ends_with("jobs wait."), "{stopped}");
    let counts = desk.counts().await;
    assert_eq!((counts.running, counts.dead), (0, 0));
    assert_eq!(counts.background + counts.retrying, 16, "what the lost worker had waits: {counts:?}");
    gate.permits.add_permits(1_000);
    desk.done("start").await;
    desk.until_nothing_waits().await;
    left.kill();
}

#[tokio::test]
async fn a_paused_service_takes_nothing_new_but_queues_and_goes_on_when_it_is_resumed() {
    let redis = RedisServer::start().await;
    let sandbox = Sandbox::start(5).await;
    let context = context(&redis, &sandbox);
    with_users(&redis, 3).await;
    without_periodic_runs(&context).await;
    let desk = Desk::at(&redis).await;
    let (running, shutdown) = start(&context);
    desk.until_it_is("Idle").await;

    assert_eq!(desk.done("pause").await, "It takes nothing new; no job waits.");
    desk.until_it_is("Paused").await;
    desk.queue(&[1, 2, 3]).await;
    let told = || async {
        let status = desk.app.state.hub.view(SYNC.id())?.status.fields();
        (status["background"] == 3 && status["paused"] == true && status["running"] == true).then_some(())
    };
    eventually("it tells that three jobs wait", told).await;
    assert_eq!(desk.counts().await.background, 3);

    assert_eq!(desk.done("resume").await, "It works again.");
    desk.until_nothing_waits().await;
    desk.until_it_is("Idle").await;
    shutdown.cancel();
    running.await.expect("no panic");
}

#[tokio::test]
async fn a_restart_finishes_what_runs_before_anything_new_begins() {
    let redis = RedisServer::start().await;
    let (mut gate, users) = held_up(&redis, 10).await;
    let desk = Desk::at(&redis).await;
    desk.queue(&users).await;
    let worker = WorkerProcess::start(&redis, &gate.url, &[]);
    gate.until_one_is_held().await;
    desk.until_running(4).await;
    desk.until_it_is("Running").await;
    let restart = desk.give("restart").await;
    desk.until_it_is("Restarting").await;
    gate.permits.add_permits(3);
    desk.until_running(1).await;
    assert_eq!(desk.counts().await.background, 6, "nothing new begins");
    gate.permits.add_permits(1_000);
    let ended = desk.until(&restart, "succeeded").await;
    assert_eq!(ended["message"], "It begins anew; 6 jobs wait.");
    desk.until_nothing_waits().await;
    worker.kill();
}

#[tokio::test]
async fn a_trigger_brings_the_periodic_run_forward() {
    let redis = RedisServer::start().await;
    let sandbox = Sandbox::start(5).await;
    let context = context(&redis, &sandbox);
    let users = with_users(&redis, 3).await;
    for user in users {
        context.bank.meet_accounts(user, &[format!("{}001", 10_000_000 + user)]).await.expect("kept");
    }
    without_periodic_runs(&context).await;
    let desk = Desk::at(&redis).await;
    let (running, shutdown) = start(&context);
    desk.until_it_is("Idle").await;
    assert_eq!(context.bank.balances("10000001001").await.expect("an answer"), None);
    assert_eq!(desk.done("trigger").await, "Its run is due at once.");
    eventually("everybody is synced", || async { context.bank.balances("10000003001").await.ok()? }).await;
    shutdown.cancel();
    running.await.expect("no panic");
}

#[tokio::test]
async fn a_trigger_heard_by_two_workers_makes_one_run() {
    let redis = RedisServer::start().await;
    let sandbox = Sandbox::start(5).await;
    let context = context(&redis, &sandbox);
    for user in with_users(&redis, 3).await {
        context.bank.meet_accounts(user, &[format!("{}001", 10_000_000 + user)]).await.expect("kept");
    }
    without_periodic_runs(&context).await;
    let desk = Desk::at(&redis).await;
    let workers = [start(&context), start(&context)];
    desk.until_it_is("Idle").await;
    let runs = async || Runs::new(redis.redis()).latest(SYNC, 100).await.expect("runs").len();
    let before = runs().await;
    for triggers in 1..=2 {
        desk.done("trigger").await;
        eventually("a run has begun", || async { (runs().await == before + triggers).then_some(()) }).await;
        // Both workers look for orders once a second; whatever one of them misunderstood shows by then.
        desk.until_nothing_waits().await;
        tokio::time::sleep(std::time::Duration::from_millis(1_500)).await;
        assert_eq!(runs().await, before + triggers);
    }
    for (running, shutdown) in workers {
        shutdown.cancel();
        running.await.expect("no panic");
    }
}

/// How many subscriptions to commands and to their outcomes there are.
async fn listeners(redis: &RedisServer) -> u64 {
    let query = redis::cmd("PUBSUB").arg(&["NUMSUB", "service:commands", "service:commands:outcomes"]).to_owned();
    let (_, commands, _, outcomes): (String, u64, String, u64) =
        query.query_async(&mut redis.connection().await).await.expect("counts");
    commands + outcomes
}

#[tokio::test]
async fn a_stopped_service_stays_stopped_through_a_restart_of_redis_that_keeps_its_data() {
    let mut redis = RedisServer::start().await;
    let sandbox = Sandbox::start(5).await;
    let context = context_with(&redis, &sandbox, quick());
    let users = with_users(&redis, 3).await;
    without_periodic_runs(&context).await;
    let desk = Desk::at(&redis).await;
    let (running, shutdown) = start(&context);
    desk.until_it_is("Idle").await;
    desk.done("stop").await;
    let before = listeners(&redis).await;
    redis.kill();
    redis.start_again().await;
    eventually("the instance is back", || async { desk.app.is_ready().await.then_some(()) }).await;
    desk.queue(&users).await;
    desk.until_it_is("Stopped").await;
    let wanted: String = redis.connection().await.hget("sm:wanted", "balance-sync").await.expect("an answer");
    assert_eq!((wanted.as_str(), desk.counts().await.background), ("stopped", 3));
    let job = desk.app.state.jobs.enqueue(&Work::SyncBalances(1), Lane::Priority, None).await.expect("it joins");
    let waits = desk.app.state.jobs.find(&job).await.expect("an answer").expect("a record");
    assert_eq!(waits.state, JobState::Waiting);
    eventually("worker and instance listen again", || async { (listeners(&redis).await >= before).then_some(()) })
        .await;
    assert_eq!(desk.done("start").await, "It works.");
    desk.until_nothing_waits().await;
    shutdown.cancel();
    running.await.expect("no panic");
}
