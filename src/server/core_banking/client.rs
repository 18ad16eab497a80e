//! Reads the core banking system over HTTP. Every question is a GET, so each may be repeated safely.

use std::sync::Arc;
use std::time::Duration;

use backon::{ExponentialBuilder, Retryable};
use reqwest::{StatusCode, Url};
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;
use tokio::sync::Semaphore;

use crate::model::account::{AccountDetails, Balances};
use crate::server::config::CoreBankingConfig;
use crate::server::core_banking::wire::{AccountEntry, Customer, Page};

/// How long a connection may take to come about.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);

/// How long one question may take, its whole answer included.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(5);

/// How often a question that met a passing fault is asked again.
const REPEATS: usize = 2;

/// Why the core banking system gave no answer that can be used.
#[derive(Debug, thiserror::Error)]
pub enum CoreBankingError {
    /// No connection, or no whole answer in time.
    #[error("the core banking system at {url} cannot be reached: {reason}")]
    Unreachable {
        /// Its address.
        url: String,
        /// What went wrong.
        reason: String,
    },
    /// It answered that it could not or would not.
    #[error("the core banking system answered {status} to {path}")]
    Status {
        /// The HTTP status.
        status: StatusCode,
        /// What was asked for.
        path: String,
    },
    /// It answered something that does not follow the contract.
    #[error("the core banking system's answer to {path} cannot be read: {reason}")]
    Malformed {
        /// What was asked for.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
    /// It does not know what was asked for.
    #[error("the core banking system does not know {path}")]
    NotFound {
        /// What was asked for.
        path: String,
    },
    /// The client cannot be set up with these settings.
    #[error("the core banking client cannot be set up: {0}")]
    Setup(String),
}

impl CoreBankingError {
    /// Whether nothing else can be expected of the system for now, whatever it is asked.
    pub fn is_outage(&self) -> bool {
        match self {
            Self::Unreachable { .. } => true,
            Self::Status { status, .. } => {
                status.is_server_error() || matches!(*status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN)
            }
            Self::Malformed { .. } | Self::NotFound { .. } | Self::Setup(_) => false,
        }
    }

    fn is_passing(&self) -> bool {
        match self {
            Self::Unreachable { .. } => true,
            Self::Status { status, .. } => matches!(
                *status,
                StatusCode::TOO_MANY_REQUESTS
                    | StatusCode::BAD_GATEWAY
                    | StatusCode::SERVICE_UNAVAILABLE
                    | StatusCode::GATEWAY_TIMEOUT
            ),
            Self::Malformed { .. } | Self::NotFound { .. } | Self::Setup(_) => false,
        }
    }
}

/// The client. Cloning it shares connections and the limit of questions under way.
#[derive(Clone)]
pub struct CoreBanking {
    http: reqwest::Client,
    url: Url,
    token: Option<SecretString>,
    permits: Arc<Semaphore>,
}

impl CoreBanking {
    /// Prepares the client; the core banking system need not answer yet.
    pub fn new(config: &CoreBankingConfig) -> Result<Self, CoreBankingError> {
        // An error says that a provider is installed already, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = reqwest::Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(ANSWER_TIMEOUT)
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
        Ok(Self {
            http: builder.build().map_err(|error| setup(reason(&error)))?,
            url,
            token: config.token.clone(),
            permits: Arc::new(Semaphore::new(config.concurrency)),
        })
    }

    /// A page of customers: the first one, or the one a page's token leads to.
    pub async fn customers(&self, page_token: Option<&str>) -> Result<Page<Customer>, CoreBankingError> {
        self.get(&["customers"], page_token).await
    }

    /// A page of a customer's accounts.
    pub async fn accounts(
        &self,
        customer_id: &str,
        page_token: Option<&str>,
    ) -> Result<Page<AccountEntry>, CoreBankingError> {
        self.get(&["customers", customer_id, "accounts"], page_token).await
    }

    /// What an account holds.
    pub async fn balances(&self, account: &str) -> Result<Balances, CoreBankingError> {
        self.get(&["accounts", account, "balances"], None).await
    }

    /// What is known of an account besides its balances.
    pub async fn details(&self, account: &str) -> Result<AccountDetails, CoreBankingError> {
        self.get(&["accounts", account], None).await
    }

    async fn get<T: DeserializeOwned>(
        &self,
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
        let pauses = ExponentialBuilder::default()
            .with_min_delay(Duration::from_millis(100))
            .with_factor(3.0)
            .with_max_times(REPEATS)
            .with_jitter();
        (|| self.get_once(&url)).retry(pauses).when(CoreBankingError::is_passing).await
    }

    async fn get_once<T: DeserializeOwned>(&self, url: &Url) -> Result<T, CoreBankingError> {
        let unreachable =
            |error: reqwest::Error| CoreBankingError::Unreachable { url: self.url.to_string(), reason: reason(&error) };
        let path = || url.path().to_owned();
        let _permit = self.permits.acquire().await;
        let mut request = self.http.get(url.clone());
        if let Some(token) = &self.token {
            request = request.bearer_auth(token.expose_secret());
        }
        let response = request.send().await.map_err(unreachable)?;
        match response.status() {
            StatusCode::NOT_FOUND => return Err(CoreBankingError::NotFound { path: path() }),
            status if !status.is_success() => return Err(CoreBankingError::Status { status, path: path() }),
            _ => {}
        }
        let body = response.bytes().await.map_err(unreachable)?;
        serde_json::from_slice(&body)
            .map_err(|error| CoreBankingError::Malformed { path: path(), reason: error.to_string() })
    }
}

/// The innermost cause: "Connection refused" tells an operator more than "error sending request".
pub fn reason(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "no answer in time".to_owned();
    }
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}
