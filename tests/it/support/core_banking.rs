//! Core banking systems that are slow or fail, and accounts in Redis.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::{self, Next};
use axum::response::IntoResponse;
use service_manager::server::config::{CoreBankingConfig, SandboxConfig};
use service_manager::server::core_banking::breaker::BreakerLimits;
use service_manager::server::core_banking::client::{ClientLimits, CoreBanking};
use service_manager::server::core_banking::sandbox;
use service_manager::server::worker::WorkerContext;
use service_manager::server::worker::queue::Timing;

use crate::support::jobs::with_users;
use crate::support::runs::without_periodic_runs;
use crate::support::workers::context_with;
use crate::support::{RedisServer, Sandbox, metrics, serve};

/// A list that was asked for after everything else.
pub const LATER: u64 = u64::MAX;

/// A breaker that stays closed, for tests of what stands behind it.
const UNBREAKABLE: BreakerLimits =
    BreakerLimits { outages: u32::MAX, first_pause: Duration::ZERO, longest_pause: Duration::ZERO };

/// The usual limits of a client, without a breaker.
pub fn unbroken() -> ClientLimits {
    ClientLimits { breaker: UNBREAKABLE, ..ClientLimits::default() }
}

/// The shortest lease that these tests give; a worker that is slow for once should not lose its job.
pub const LEASE: Duration = Duration::from_secs(1);

/// The usual times of jobs with the shortest lease.
fn timing() -> Timing {
    Timing { lease: LEASE, ..Timing::default() }
}

/// The sandbox at an address of its own, with answers that take a little.
pub async fn slow_bank(customers: u64, delay: Duration) -> String {
    let slow = middleware::from_fn(move |request: Request, next: Next| async move {
        tokio::time::sleep(delay).await;
        next.run(request).await
    });
    let config = SandboxConfig { address: "127.0.0.1:0".to_owned(), customers, token: None };
    format!("http://{}", serve(sandbox::router(config).layer(slow)).await)
}

/// Users with one account each, and no periodic runs.
pub async fn bank_with(redis: &RedisServer, sandbox: &Sandbox, users: usize) -> (WorkerContext, Vec<u64>) {
    let context = context_with(redis, sandbox, timing());
    let users = with_users(redis, users).await;
    for user in &users {
        let account = format!("{}001", 10_000_000 + user);
        context.bank.meet_accounts(*user, &[account]).await.expect("kept");
    }
    without_periodic_runs(&context).await;
    (context, users)
}

/// The address of a core banking system that answers some questions with `fault`: those for which `fails` says so, given how
/// often that very question came before.
pub async fn faulty_bank(
    customers: u64,
    fault: StatusCode,
    fails: impl Fn(&str, usize) -> bool + Clone + Send + Sync + 'static,
) -> String {
    let asked = Arc::new(Mutex::new(HashMap::<String, usize>::new()));
    let faults = middleware::from_fn(move |request: Request, next: Next| {
        let (asked, fails) = (asked.clone(), fails.clone());
        async move {
            let question = request.uri().to_string();
            let before = {
                let mut asked = asked.lock().expect("no panic");
                let count = asked.entry(question.clone()).or_default();
                *count += 1;
                *count - 1
            };
            match fails(&question, before) {
                true => fault.into_response(),
                false => next.run(request).await,
            }
        }
    });
    let config = SandboxConfig { address: "127.0.0.1:0".to_owned(), customers, token: None };
    format!("http://{}", serve(sandbox::router(config).layer(faults)).await)
}

/// The same as services ask it.
pub async fn faulty(
    customers: u64,
    fault: StatusCode,
    fails: impl Fn(&str, usize) -> bool + Clone + Send + Sync + 'static,
) -> CoreBanking {
    let url = faulty_bank(customers, fault, fails).await;
    let config = CoreBankingConfig { url, is_sandbox: true, token: None, concurrency: 8 };
    CoreBanking::new(&config, metrics()).expect("a client")
}
