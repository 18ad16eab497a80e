use service_manager::server::config::{CoreBankingConfig, SandboxConfig};
use service_manager::server::core_banking::client::{ClientLimits, CoreBanking};
use service_manager::server::core_banking::sandbox;
use service_manager::server::metrics::Metrics;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::support::{client, metrics};

const FREE_PORT: &str = "127.0.0.1:0";

/// The sandbox on a port of one test's own.
pub struct Sandbox {
    config: SandboxConfig,
    shutdown: CancellationToken,
    serving: Option<JoinHandle<()>>,
}

impl Sandbox {
    pub async fn start(customers: u64) -> Self {
        Self::serve(SandboxConfig { address: FREE_PORT.to_owned(), customers, token: None }).await
    }

    pub async fn start_with_token(customers: u64, token: &str) -> Self {
        let token = Some(token.into());
        Self::serve(SandboxConfig { address: FREE_PORT.to_owned(), customers, token }).await
    }

    async fn serve(mut config: SandboxConfig) -> Self {
        let listener = TcpListener::bind(&config.address).await.expect("a port");
        config.address = listener.local_addr().expect("an address").to_string();
        let shutdown = CancellationToken::new();
        let serving = sandbox::serve(listener, config.clone(), shutdown.clone());
        let serving = Some(tokio::spawn(serving));
        Self { config, shutdown, serving }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.config.address)
    }

    pub fn client_config(&self) -> CoreBankingConfig {
        let token = self.config.token.clone();
        CoreBankingConfig { url: self.url(), is_sandbox: true, token, concurrency: 8 }
    }

    pub fn client(&self) -> CoreBanking {
        CoreBanking::new(&self.client_config(), metrics()).expect("a client")
    }

    /// A client with limits of its own, and where it counts.
    pub fn client_with(&self, limits: ClientLimits) -> (CoreBanking, Metrics) {
        let metrics = metrics();
        let client = CoreBanking::with_limits(&self.client_config(), metrics.clone(), limits);
        (client.expect("a client"), metrics)
    }

    /// Changes how it behaves, in the words of its own route.
    pub async fn behave(&self, change: &str) {
        let request = client().patch(format!("{}{}", self.url(), sandbox::BEHAVIOUR_PATH));
        let answer = request.header("content-type", "application/json").body(change.to_owned()).send().await;
        assert_eq!(answer.expect("an answer").status(), 200, "{change}");
    }

    /// Ends it and waits until its port is free.
    pub async fn stop(&mut self) {
        self.shutdown.cancel();
        if let Some(serving) = self.serving.take() {
            serving.await.expect("it ends");
        }
    }

    /// Serves the same data on the same port again.
    pub async fn start_again(&mut self) {
        *self = Self::serve(self.config.clone()).await;
    }
}
