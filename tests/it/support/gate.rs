use std::sync::Arc;

use axum::extract::Request;
use axum::middleware::{self, Next};
use service_manager::server::config::{CoreBankingConfig, SandboxConfig};
use service_manager::server::core_banking::client::CoreBanking;
use service_manager::server::core_banking::sandbox;
use tokio::sync::{Semaphore, watch};

use crate::support::{PATIENCE, metrics, serve};

/// A sandbox that holds back some of its answers until they are let go one by one.
pub struct Gate {
    pub permits: Arc<Semaphore>,
    arrived: watch::Receiver<usize>,
    pub core_banking: CoreBanking,
    /// Where it answers.
    pub url: String,
}

impl Gate {
    /// Holds back the answers to those paths.
    pub async fn before(is_held: fn(&str) -> bool, customers: u64) -> Self {
        let (permits, (count, arrived)) = (Arc::new(Semaphore::new(0)), watch::channel(0));
        let gate = (permits.clone(), count);
        let hold = middleware::from_fn(move |request: Request, next: Next| {
            let (permits, count) = gate.clone();
            async move {
                if is_held(request.uri().path()) {
                    count.send_modify(|count| *count += 1);
                    permits.acquire().await.expect("an open gate").forget();
                }
                next.run(request).await
            }
        });
        let config = SandboxConfig { address: "127.0.0.1:0".to_owned(), customers, token: None };
        let address = serve(sandbox::router(config).layer(hold)).await;
        let url = format!("http://{address}");
        let config = CoreBankingConfig { url: url.clone(), is_sandbox: true, token: None, concurrency: 8 };
        Self { permits, arrived, core_banking: CoreBanking::new(&config, metrics()).expect("a client"), url }
    }

    /// Waits until a question has come whose answer is held back.
    pub async fn until_one_is_held(&mut self) {
        let held = self.arrived.wait_for(|count| *count > 0);
        tokio::time::timeout(PATIENCE, held).await.expect("something is held").expect("a gate");
    }
}
