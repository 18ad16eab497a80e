//! One instance on a way to Redis that can fail, pages that look at it, and updates that come all the while.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use redis::AsyncConnectionConfig;
use redis::streams::StreamRangeReply;
use reqwest::Client;
use secrecy::SecretString;
use service_manager::model::event::EntryId;
use service_manager::model::user::Role;
use service_manager::server::event_log::EventLog;
use service_manager::server::redis::Redis;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::faults::judge::{Known, Picture, Update, complaints_of_log};
use crate::faults::pages::Pages;
use crate::support::{
    App, BUSY_MACHINE, EventReader, PASSWORD, PATIENCE, Proxy, RedisServer, eventually, is_soaking, show, soak,
    status_message,
};

/// How many updates come during each fault.
pub fn updates() -> u64 {
    if is_soaking() { 1_000 } else { 300 }
}

/// How many services of ours and of others they are about.
const SERVICES: u64 = 5;

/// When every page must equal Redis, from the end of the fault on.
pub const WITHIN: Duration = BUSY_MACHINE;

/// The same where the stream itself was cut.
pub const CUT_WITHIN: Duration = PATIENCE;

const PAGES: usize = 3;

pub struct Trial {
    pub server: RedisServer,
    pub proxy: Proxy,
    pub pages: Pages,
    app: App,
    browser: watch::Sender<Client>,
    _readers: JoinSet<()>,
    /// What ours were answered with since the last judgement.
    answered: Vec<(EntryId, Update)>,
    /// How many of ours were not, since the beginning.
    pub unanswered: u64,
    rounds: u64,
}

impl Trial {
    pub async fn start() -> Self {
        Self::start_on(RedisServer::start().await, &[]).await
    }

    /// On that Redis, with settings of the instance's own.
    pub async fn start_on(server: RedisServer, settings: &[(&str, &str)]) -> Self {
        let proxy = Proxy::start(server.port).await;
        let port = proxy.port.to_string();
        let settings: Vec<_> = [("REDIS_PORT", port.as_str())].into_iter().chain(settings.iter().copied()).collect();
        let app = App::start_with(&server, &settings).await;
        let browser = watch::Sender::new(app.signed_in("ana", Role::Viewer).await);
        let (mut pages, mut readers) = (Vec::new(), JoinSet::new());
        for tab in 0..PAGES {
            let page = Arc::new(Mutex::new(Picture::default()));
            let url = app.url(&format!("/api/services/status/stream?tab=page-{tab}"));
            readers.spawn(look(browser.subscribe(), url, page.clone()));
            pages.push(page);
        }
        let pages = Pages(pages);
        let (answered, unanswered, rounds) = (Vec::new(), 0, 0);
        let mut trial = Self { server, proxy, pages, app, browser, _readers: readers, answered, unanswered, rounds };
        trial.updates(Duration::ZERO).await;
        trial.agree(WITHIN).await;
        trial
    }

    /// How often a fault is to be repeated.
    pub fn times(&self) -> u32 {
        soak()
    }

    /// Updates, spread over that time: half of them of our own services, half published by others.
    pub async fn updates(&mut self, over: Duration) {
        self.updates_during(over, async |_, _| ()).await;
    }

    /// The same while something happens to Redis.
    pub async fn updates_during<T>(
        &mut self,
        over: Duration,
        fault: impl AsyncFnOnce(&mut RedisServer, &Pages) -> T,
    ) -> T {
        let first = self.rounds * updates() + 1;
        self.rounds += 1;
        let (ours, theirs) = (append(self.server.redis(), first, over), publish(self.server.client(), first, over));
        let (ours, (), result) = tokio::join!(ours, theirs, fault(&mut self.server, &self.pages));
        self.unanswered += updates() / 2 - ours.len() as u64;
        self.answered.extend(ours);
        result
    }

    /// The sessions went with Redis's data: signs the pages in again.
    pub async fn sign_in_again(&self) {
        let browser = eventually("somebody can sign in", || async {
            self.app.state.users.add("ana", Role::Viewer, SecretString::from(PASSWORD)).await.ok()?;
            Some(self.app.sign_in("ana").await)
        });
        self.browser.send_replace(browser.await);
    }

    /// Waits until every page equals Redis; fails if that takes longer than `within`.
    pub async fn agree(&self, within: Duration) -> Duration {
        let began = Instant::now();
        loop {
            let differences = self.differences().await;
            if differences.is_empty() {
                return began.elapsed();
            }
            assert!(began.elapsed() < within, "after {:?} pages differ: {differences:#?}", began.elapsed());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Redis's data are about to be lost, and with them what was answered.
    pub fn forget(&mut self) {
        self.answered.clear();
    }

    /// Redis was killed then, and the end of its file was lost: takes out what was answered before that and was lost. Only
    /// what came after all that is kept may be. Gives how much it was.
    pub async fn forget_the_end(&mut self, killed: SystemTime) -> usize {
        let killed = killed.duration_since(SystemTime::UNIX_EPOCH).expect("a time").as_millis();
        let was_before = |entry: &EntryId| u128::from(entry.milliseconds) <= killed;
        let kept = logged(&self.server).await.into_iter().map(|(entry, _)| entry).filter(was_before).max();
        let answered = self.answered.len();
        self.answered.retain(|(entry, _)| !was_before(entry) || Some(*entry) <= kept);
        answered - self.answered.len()
    }

    /// In what each page differs from Redis; nothing for one that does not.
    pub async fn differences(&self) -> Vec<String> {
        let redis = self.kept().await;
        self.pages.all().filter_map(|page| page.difference(&redis)).collect()
    }

    /// What everybody heard and what the log has of the updates since the last judgement, held against the promises.
    pub async fn judge(&mut self, fault: &str, after: Duration) {
        let complaints: Vec<String> = self.pages.all().flat_map(|page| page.complaints.clone()).collect();
        assert!(complaints.is_empty(), "{fault}: {complaints:#?}");
        let (log, answered) = (logged(&self.server).await, std::mem::take(&mut self.answered));
        let complaints = complaints_of_log(&log, &answered);
        assert!(complaints.is_empty(), "{fault}: {complaints:#?}");
        let heard: u64 = self.pages.all().map(|page| page.updates).sum();
        show(&format!(
            "{fault}: {} of our own updates answered and 0 lost; log of {}; {heard} events at {PAGES} pages, 0 repeated, 0 back in \
             time; pages told {} times; equal to Redis {after:.2?} after the end",
            answered.len(),
            log.len(),
            self.pages.told(),
        ));
    }

    /// What was published during the last updates and is not in the log.
    pub async fn not_taken_in(&self) -> Vec<Update> {
        let log: BTreeSet<Update> = logged(&self.server).await.into_iter().map(|(_, update)| update).collect();
        let published = numbers((self.rounds - 1) * updates() + 1).map(|n| (service("theirs", n), n));
        published.filter(|update| !log.contains(update)).collect()
    }

    /// The name of this life of Redis, empty before it has one.
    pub async fn epoch(&self) -> String {
        let mut connection = self.server.connection().await;
        redis::cmd("HGET").arg(&["sm:epoch", "epoch"]).query_async(&mut connection).await.unwrap_or_default()
    }

    /// What Redis holds of each service.
    async fn kept(&self) -> Known {
        let mut connection = self.server.connection().await;
        let kept: BTreeMap<String, String> =
            redis::cmd("HGETALL").arg("sm:status").query_async(&mut connection).await.expect("the statuses");
        let known = |kept: &str| {
            let (entry, rest) = kept.split_once(' ').expect("an entry");
            let (_, message) = rest.split_once(' ').expect("a time");
            (entry.parse().expect("an entry"), update_in(message).1)
        };
        kept.into_iter().map(|(service, kept)| (service, known(&kept))).collect()
    }
}

/// A page: it comes back with its position when its stream ends.
async fn look(browser: watch::Receiver<Client>, url: String, page: Arc<Mutex<Picture>>) {
    let picture = || page.lock().unwrap_or_else(PoisonError::into_inner);
    loop {
        let request = browser.borrow().get(&url);
        let last = picture().last_id.clone();
        let request = last.into_iter().fold(request, |request, last| request.header("last-event-id", last));
        if let Ok(answer) = request.send().await
            && answer.status().is_success()
        {
            let mut events = EventReader::new(answer);
            while let Some(event) = events.next_whenever().await {
                picture().hear(&event);
            }
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

fn service(kind: &str, n: u64) -> String {
    format!("{kind}-{}", n % SERVICES)
}

fn numbers(first: u64) -> impl Iterator<Item = u64> {
    first..first + updates() / 2
}

fn pause(over: Duration) -> Duration {
    over * 2 / u32::try_from(updates()).expect("a small number")
}

/// Appends as our own services do, straight to Redis; gives what was answered. What was not is not known to be lost, and is
/// not said again.
async fn append(redis: Redis, first: u64, over: Duration) -> Vec<(EntryId, Update)> {
    let log = EventLog::new(redis, Duration::from_secs(3600));
    let mut answered = Vec::new();
    for n in numbers(first) {
        let service = service("ours", n);
        if let Ok(entry) = log.append(&status_message(&service, &format!(r#"{{"n":{n}}}"#))).await {
            answered.push((entry, (service, n)));
        }
        tokio::time::sleep(pause(over)).await;
    }
    answered
}

/// Publishes as another team's services do, straight to Redis.
async fn publish(client: redis::Client, first: u64, over: Duration) {
    // It waits for as long as it takes, for what was not answered may come after what is said next.
    let patient = AsyncConnectionConfig::new().set_connection_timeout(None).set_response_timeout(None);
    let mut connection = None;
    for n in numbers(first) {
        let service = service("theirs", n);
        let payload = serde_json::to_string(&status_message(&service, &format!(r#"{{"n":{n}}}"#))).expect("JSON");
        if connection.is_none() {
            connection = client.get_multiplexed_async_connection_with_config(&patient).await.ok();
        }
        if let Some(open) = &mut connection {
            let publish = redis::cmd("PUBLISH").arg(format!("service:{service}")).arg(payload).exec_async(open).await;
            if publish.is_err() {
                connection = None;
            }
        }
        tokio::time::sleep(pause(over)).await;
    }
}

/// The updates in the log, in its order.
async fn logged(server: &RedisServer) -> Vec<(EntryId, Update)> {
    let reply: StreamRangeReply = eventually("the log is read", || async {
        redis::cmd("XRANGE").arg(&["sm:events", "-", "+"]).query_async(&mut server.connection().await).await.ok()
    })
    .await;
    let update = |entry: &redis::streams::StreamId| {
        let message = entry.get::<String>("message")?;
        Some((entry.id.parse().expect("an entry"), update_in(&message)))
    };
    reply.ids.iter().filter_map(update).collect()
}

fn update_in(message: &str) -> Update {
    let message: serde_json::Value = serde_json::from_str(message).expect("JSON");
    (message["service"].as_str().expect("a service").to_owned(), message["status"]["n"].as_u64().expect("a number"))
}
