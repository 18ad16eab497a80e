//! Puts the rooms together, and the life of the program from start to stop.

mod state;

use std::sync::Arc;
use std::time::Duration;

use leptos::config::LeptosOptions;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::server::audit::Audit;
use crate::server::auth::credentials::Credentials;
use crate::server::auth::sessions::Sessions;
use crate::server::auth::sign_in_limits::SignInLimits;
use crate::server::auth::tokens::Tokens;
use crate::server::auth::users::Users;
use crate::server::commands::Commands;
use crate::server::config::Config;
use crate::server::connections::{Limits, Server};
use crate::server::dashboard::Dashboard;
use crate::server::downloads::Downloads;
use crate::server::event_log::tail::Follower;
use crate::server::event_log::{EventLog, tail};
use crate::server::history::History;
use crate::server::hub::Hub;
use crate::server::inbox::InboxParts;
use crate::server::logs::Logs;
use crate::server::logs::keeper::Keeper;
use crate::server::logs::readers::Readers;
use crate::server::logs::stored::Stored;
use crate::server::metrics::Metrics;
use crate::server::redis::{Redis, latency};
use crate::server::shutdown::{LONGEST_END, past};
use crate::server::streams::{End, Streams, StreamsParts};
use crate::server::worker::bank::Bank;
use crate::server::worker::queue::Jobs;
use crate::server::worker::schedule::Runs;
use crate::server::{commands, inbox, instance, logs, page_news, router};

pub use state::{AppState, Rooms};

/// How long requests, streams and the return of their leases may take to end once the program is told to stop.
const LONGEST_GOODBYE: Duration = Duration::from_secs(8);

/// How long to wait before Redis is asked again for what the program needs from it.
const RETRY: Duration = Duration::from_secs(1);

/// How often to look whether there is still anybody who can sign in: Redis may have been emptied.
const LOOK_FOR_USERS_EVERY: Duration = Duration::from_secs(5);

/// The rooms cannot be put together.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The way to Redis cannot be prepared.
    #[error("Redis: {0}")]
    Redis(#[from] redis::RedisError),
    /// The metrics cannot be set up.
    #[error("metrics: {0}")]
    Metrics(#[from] prometheus::Error),
}

/// One instance of the web server, with all that works behind it.
pub struct Application {
    state: AppState,
    redis: Redis,
}

impl Application {
    /// Puts the rooms together. Redis need not answer yet. Must be called inside a Tokio runtime.
    pub fn build(config: Config, leptos: LeptosOptions) -> Result<Self, BuildError> {
        let redis = Redis::new(config.redis.clone())?;
        let metrics = Metrics::new()?;
        let hub = Hub::new(metrics.clone());
        let instance = instance::name("web");
        let jobs = Jobs::new(redis.clone());
        let state = AppState::from(Rooms {
            leptos,
            event_log: EventLog::new(redis.clone(), config.history_retention),
            history: History::new(redis.clone(), config.history_retention),
            streams: Streams::new(StreamsParts {
                redis: redis.clone(),
                credentials: Credentials::new(redis.clone(), &config.auth),
                hub: hub.clone(),
                metrics: metrics.clone(),
                instance: instance.clone(),
                max_per_user: config.stream.max_per_user,
                renew_every: config.stream.heartbeat,
            }),
            dashboard: Dashboard::new(instance, redis.clone(), metrics.clone(), jobs.clone(), hub.clone()),
            downloads: Downloads::default(),
            hub,
            logs: Logs { stored: Stored::new(redis.clone()), readers: Readers::new(metrics.clone()) },
            users: Users::new(redis.clone()),
            sessions: Sessions::new(redis.clone(), &config.auth),
            tokens: Tokens::new(redis.clone()),
            sign_in_limits: SignInLimits::new(redis.clone()),
            audit: Audit::new(redis.clone()),
            commands: Commands::new(redis.clone()),
            bank: Bank::new(redis.clone()),
            jobs,
            runs: Runs::new(redis.clone()),
            metrics,
            config: Arc::new(config),
        });
        Ok(Self { state, redis })
    }

    /// What requests may use, for whoever works beside the web server.
    pub fn state(&self) -> &AppState {
        &self.state
    }

    /// The way to Redis, for whoever works beside the web server.
    pub fn redis(&self) -> &Redis {
        &self.redis
    }

    /// Serves until `shutdown`, then says goodbye: streams are told, requests under way end, leases are given back.
    pub async fn run_until_stopped(self, listener: TcpListener, shutdown: CancellationToken) {
        let background = CancellationToken::new();
        let tasks = self.start_tasks(&background);
        let server = Server {
            router: router::router(self.state.clone()),
            full: router::full(&self.state),
            limits: Limits::of_this_process(),
            metrics: self.state.metrics.clone(),
        };
        let streams = self.state.streams.clone();
        let told = shutdown.clone();
        tasks.spawn(async move {
            told.cancelled().await;
            streams.end_all(End::Shutdown);
        });
        tasks.close();
        let streams = self.state.streams.clone();
        let serving = async {
            server.serve(listener, shutdown.clone()).await;
            streams.are_given_back().await;
        };
        let goodbye = async {
            tokio::select! {
                () = serving => {}
                () = past(&shutdown, LONGEST_GOODBYE) => {
                    tracing::warn!("requests or the return of leases were still under way when the time to end was over");
                }
            }
            background.cancel();
            tasks.wait().await;
        };
        tokio::select! {
            () = goodbye => {}
            () = past(&shutdown, LONGEST_END) => tracing::warn!("work in the background did not come to its end"),
        }
    }

    fn start_tasks(&self, shutdown: &CancellationToken) -> TaskTracker {
        let Rooms { event_log, hub, streams, metrics, .. } = Rooms::clone(&self.state);
        let tasks = TaskTracker::new();
        let (redis, commands) = (self.redis.clone(), self.state.commands.clone());
        let (hears, hearing) = watch::channel(false);
        let follower = Follower {
            log: event_log.clone(),
            hub: hub.clone(),
            streams: streams.clone(),
            hears: hearing,
            metrics: metrics.clone(),
        };
        tasks.spawn(tail::follow(follower, shutdown.clone()));
        let dashboard = self.state.dashboard.clone();
        let parts = InboxParts {
            redis,
            log: event_log,
            commands: commands.clone(),
            measurements: dashboard.measurements().clone(),
            hub: hub.clone(),
            metrics: metrics.clone(),
            hears,
        };
        tasks.spawn(inbox::run(parts, shutdown.clone()));
        tasks.spawn(Keeper::new(self.redis.clone(), metrics.clone()).run(shutdown.clone()));
        tasks.spawn(logs::tail::follow(self.state.logs.clone(), streams.clone(), shutdown.clone()));
        tasks.spawn(commands::watch::run(commands, shutdown.clone()));
        tasks.spawn(page_news::follow_lanes(self.state.jobs.clone(), hub.clone(), streams.clone(), shutdown.clone()));
        tasks.spawn(page_news::follow_accounts(self.redis.clone(), hub.clone(), streams.clone(), shutdown.clone()));
        tasks.spawn(dashboard.keep_measuring(shutdown.clone()));
        tasks.spawn(latency::measure(self.redis.clone(), metrics, shutdown.clone()));
        tasks.spawn(streams.keep_checking(shutdown.clone()));
        tasks.spawn(beat(hub, self.state.logs.readers.clone(), self.state.config.stream.heartbeat, shutdown.clone()));
        tasks.spawn(ensure_first_admin(self.state.clone(), shutdown.clone()));
        tasks
    }
}

async fn beat(hub: Hub, readers: Readers, every: Duration, shutdown: CancellationToken) {
    let mut every = tokio::time::interval(every);
    let beats = async {
        loop {
            every.tick().await;
            hub.ping();
            readers.ping(hub.now());
        }
    };
    shutdown.run_until_cancelled(beats).await;
}

/// Redis may not answer yet when the program starts, and may be emptied while it runs.
async fn ensure_first_admin(state: AppState, shutdown: CancellationToken) {
    if state.config.auth.first_admin.is_none() {
        tracing::info!("ADMIN_USERNAME and ADMIN_PASSWORD are not set; only users added by hand can sign in");
    }
    let attempts = async {
        loop {
            let wait = match state.users.ensure_first_admin(&state.config.auth).await {
                Ok(_) => LOOK_FOR_USERS_EVERY,
                Err(error) => {
                    tracing::debug!(error = %error, "the first administrator is looked for again");
                    RETRY
                }
            };
            tokio::time::sleep(wait).await;
        }
    };
    shutdown.run_until_cancelled(attempts).await;
}
