//! Reads the core banking system over HTTP. Every question is a GET, so each may be repeated safely.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use backon::{ExponentialBuilder, Retryable};
use reqwest::{Response, StatusCode, Url};
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;
use tokio::sync::{Semaphore, watch};
use tokio_util::sync::CancellationToken;

use crate::model::account::{AccountDetails, Balances};
use crate::model::status::CircuitState;
use crate::server::config::CoreBankingConfig;
use crate::server::core_banking::breaker::{Breaker, BreakerLimits, Condition, Moment, Outcome, Pass};
use crate::server::core_banking::complaints::Complaints;
use crate::server::core_banking::reading::Reading;
use crate::server::core_banking::retry_after::retry_after;
use crate::server::core_banking::wire::{AccountEntry, Customer, Page, PageHeader};
use crate::server::metrics::{Malformation, Metrics, Reply};

pub use crate::server::core_banking::error::{CoreBankingError, reason};

/// The longest account of what is wrong with an answer, in characters: it may quote the answer.
const LONGEST_REASON: usize = 200;

/// What is taken from the other side, and what is not.
#[derive(Clone, Copy, Debug)]
pub struct ClientLimits {
    /// How long a connection may take to come about.
    pub connect: Duration,
    /// How long one question may take, its whole answer included.
    pub answer: Duration,
    /// The most bytes of one answer. A full page of customers has some 10 KB.
    pub largest_answer: usize,
    /// How often a question that met a passing fault is asked again.
    pub repeats: usize,
    /// The longest a question waits because of a `Retry-After`. Where more is asked for it fails, and nobody asks anything
    /// for that long.
    pub longest_wait: Duration,
    /// How long after a failed question another one is asked to see whether it was an outage.
    pub look_again: Duration,
    /// When the breaker opens.
    pub breaker: BreakerLimits,
}

impl Default for ClientLimits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(2),
            answer: Duration::from_secs(5),
            largest_answer: 1024 * 1024,
            repeats: 2,
            longest_wait: Duration::from_secs(5),
            look_again: Duration::from_secs(1),
            breaker: BreakerLimits::default(),
        }
    }
}

/// The client. Cloning it shares connections, the limit of questions under way, and the breaker.
#[derive(Clone)]
pub struct CoreBanking {
    http: reqwest::Client,
    url: Url,
    token: Option<SecretString>,
    limits: ClientLimits,
    permits: Arc<Semaphore>,
    breaker: Arc<Breaker>,
    metrics: Metrics,
    complaints: Complaints,
}

impl CoreBanking {
    /// Prepares the client; the core banking system need not answer yet.
    pub fn new(config: &CoreBankingConfig, metrics: Metrics) -> Result<Self, CoreBankingError> {
        Self::with_limits(config, metrics, ClientLimits::default())
    }

    /// The same with other limits than the usual ones.
    pub fn with_limits(
        config: &CoreBankingConfig,
        metrics: Metrics,
        limits: ClientLimits,
    ) -> Result<Self, CoreBankingError> {
        // An error says that a provider is installed already, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = reqwest::Client::builder()
            .connect_timeout(limits.connect)
            .timeout(limits.answer)
            // A redirect could carry the token to another host.
            .redirect(reqwest::redirect::Policy::none());
        if config.is_sandbox {
            builder = builder.no_proxy();
        }
        let setup = |reason: String| CoreBankingError::Setup(reason);
        let url = Url::parse(&config.url).map_err(|error| setup(format!("{}: {error}", config.url)))?;
        if url.cannot_be_a_base() {
            return Err(setup(format!("{} is no address that paths can be added to", config.url)));
        }
        let gauge = metrics.clone();
        let breaker = Breaker::new(limits.breaker, Moment::now, move |before, now| {
            gauge.core_banking_breaker(now.state);
            log_change(before, now);
        });
        Ok(Self {
            http: builder.build().map_err(|error| setup(reason(&error)))?,
            url,
            token: config.token.clone(),
            limits,
            permits: Arc::new(Semaphore::new(config.concurrency)),
            breaker: Arc::new(breaker),
            complaints: Complaints::new(metrics.clone()),
            metrics,
        })
    }

    /// A page of customers: the first one, or the one a page's token leads to.
    pub async fn customers(&self, page_token: Option<&str>) -> Result<Page<Customer>, CoreBankingError> {
        self.get("customers", &["customers"], page_token).await
    }

    /// A page of a customer's accounts.
    pub async fn accounts(
        &self,
        customer_id: &str,
        page_token: Option<&str>,
    ) -> Result<Page<AccountEntry>, CoreBankingError> {
        self.get("accounts", &["customers", customer_id, "accounts"], page_token).await
    }

    /// What an account holds.
    pub async fn balances(&self, account: &str) -> Result<Balances, CoreBankingError> {
        self.get("balances", &["accounts", account, "balances"], None).await
    }

    /// What is known of an account besides its balances.
    pub async fn details(&self, account: &str) -> Result<AccountDetails, CoreBankingError> {
        self.get("details", &["accounts", account], None).await
    }

    /// Goes on to the page after the one with this header; false if that was the last one. A list that leads back, or
    /// never ends, is malformed; `list` names it, such as `customers`.
    pub fn turn(&self, list: &str, reading: &mut Reading, header: &PageHeader) -> Result<bool, CoreBankingError> {
        reading.turn(header).map_err(|malformation| {
            self.complaints.complain(malformation, list);
            let reason = match malformation {
                Malformation::RepeatedPage => "a page leads back to one that was read already",
                _ => "the list goes on beyond what it says to hold",
            };
            CoreBankingError::Malformed { malformation, path: format!("/{list}"), reason: reason.to_owned() }
        })
    }

    /// How things stand with the core banking system, now and whenever that changes.
    pub fn condition(&self) -> watch::Receiver<Condition> {
        self.breaker.watch()
    }

    /// Asks by itself while the core banking system is away, so that its return is noticed while nobody else asks, and
    /// one failed question is soon known as an outage or as an accident. Returns at `shutdown`.
    pub async fn keep_watch(&self, shutdown: CancellationToken) {
        let mut condition = self.condition();
        let watching = async {
            while condition.wait_for(|condition| condition.away.is_some()).await.is_ok() {
                // Read on its own: the breaker must not be asked while its condition is borrowed.
                let state = condition.borrow_and_update().state;
                let pause = match state {
                    CircuitState::Closed => Some(self.limits.look_again),
                    _ => self.breaker.time_to_probe(),
                };
                let rest = async {
                    match pause {
                        Some(pause) => tokio::time::sleep(pause).await,
                        // Somebody else is looking.
                        None => std::future::pending().await,
                    }
                };
                tokio::select! {
                    () = rest => {
                        let _ = self.customers(None).await;
                    }
                    _ = condition.changed() => {}
                }
            }
        };
        shutdown.run_until_cancelled(watching).await;
    }

    async fn get<T: DeserializeOwned>(
        &self,
        question: &str,
        segments: &[&str],
        page_token: Option<&str>,
    ) -> Result<T, CoreBankingError> {
        let mut url = self.url.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(segments);
        }
        if let Some(token) = page_token {
            url.query_pairs_mut().append_pair("page_token", token);
        }
        let pass = self.breaker.admit().map_err(CoreBankingError::Away)?;
        let pauses = ExponentialBuilder::default()
            .with_min_delay(Duration::from_millis(100))
            .with_factor(3.0)
            .with_max_times(if pass.is_probe() { 0 } else { self.limits.repeats })
            .with_jitter();
        let answer = (|| self.get_once(question, &url, &pass))
            .retry(pauses)
            .when(CoreBankingError::is_passing)
            .adjust(|error, pause| match error.retry_after() {
                Some(wait) => pause.filter(|_| wait <= self.limits.longest_wait).map(|pause| pause.max(wait)),
                None => pause,
            })
            .notify(|_, _| self.metrics.core_banking_repeated())
            .await;
        pass.settle(answer.as_ref().err().map_or(Outcome::Answered, CoreBankingError::outcome));
        answer
    }

    async fn get_once<T: DeserializeOwned>(
        &self,
        question: &str,
        url: &Url,
        pass: &Pass<'_>,
    ) -> Result<T, CoreBankingError> {
        let _permit = self.permits.acquire().await;
        pass.check().map_err(CoreBankingError::Away)?;
        let answer = self.ask(url).await.and_then(|body| read(url, &body));
        self.metrics.core_banking_replied(answer.as_ref().err().map_or(Reply::Answered, CoreBankingError::reply));
        if let Err(CoreBankingError::Malformed { malformation, .. }) = &answer {
            self.complaints.complain(*malformation, question);
        }
        answer
    }

    async fn ask(&self, url: &Url) -> Result<Vec<u8>, CoreBankingError> {
        let mut request = self.http.get(url.clone());
        if let Some(token) = &self.token {
            request = request.bearer_auth(token.expose_secret());
        }
        let response = request.send().await.map_err(|error| self.unreachable(&error))?;
        let path = || url.path().to_owned();
        match response.status() {
            StatusCode::NOT_FOUND => Err(CoreBankingError::NotFound { path: path() }),
            status if !status.is_success() => {
                let retry_after = retry_after(response.headers(), SystemTime::now());
                Err(CoreBankingError::Status { status, path: path(), retry_after })
            }
            _ => self.body(url, response).await,
        }
    }

    /// Takes in an answer piece by piece, and no more of it than an answer may have.
    async fn body(&self, url: &Url, mut response: Response) -> Result<Vec<u8>, CoreBankingError> {
        let largest = self.limits.largest_answer;
        let mut body = Vec::new();
        while let Some(piece) = response.chunk().await.map_err(|error| self.unreachable(&error))? {
            if body.len() + piece.len() > largest {
                let reason = format!("it is longer than {largest} bytes");
                return Err(malformed(url, Malformation::TooLarge, reason));
            }
            body.extend_from_slice(&piece);
        }
        Ok(body)
    }

    fn unreachable(&self, error: &reqwest::Error) -> CoreBankingError {
        CoreBankingError::Unreachable { url: self.url.to_string(), reason: reason(error) }
    }
}

fn read<T: DeserializeOwned>(url: &Url, body: &[u8]) -> Result<T, CoreBankingError> {
    serde_json::from_slice(body).map_err(|error| {
        let kind = if error.is_data() { Malformation::WrongShape } else { Malformation::NotJson };
        malformed(url, kind, error.to_string().chars().take(LONGEST_REASON).collect())
    })
}

fn malformed(url: &Url, malformation: Malformation, reason: String) -> CoreBankingError {
    CoreBankingError::Malformed { malformation, path: url.path().to_owned(), reason }
}

fn log_change(before: Condition, now: Condition) {
    match (before.state, now.state, before.away, now.away) {
        (CircuitState::Closed, CircuitState::Open, _, Some(away)) => {
            tracing::warn!(reason = %away, "core banking is away and is asked only now and then");
        }
        (CircuitState::HalfOpen, CircuitState::Closed, Some(away), _) => {
            let duration_ms = Moment::now().wall.saturating_sub(away.since);
            tracing::info!(duration_ms, "core banking is back");
        }
        _ => {}
    }
}
