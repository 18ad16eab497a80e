//! What every request may use.

use std::ops::Deref;
use std::sync::Arc;

use axum::extract::FromRef;
use leptos::config::LeptosOptions;

use crate::server::audit::Audit;
use crate::server::auth::sessions::Sessions;
use crate::server::auth::sign_in_limits::SignInLimits;
use crate::server::auth::tokens::Tokens;
use crate::server::auth::users::Users;
use crate::server::commands::Commands;
use crate::server::config::Config;
use crate::server::dashboard::Dashboard;
use crate::server::downloads::Downloads;
use crate::server::event_log::EventLog;
use crate::server::history::History;
use crate::server::hub::Hub;
use crate::server::logs::Logs;
use crate::server::metrics::Metrics;
use crate::server::streams::Streams;
use crate::server::worker::bank::Bank;
use crate::server::worker::queue::Jobs;
use crate::server::worker::schedule::Runs;

/// The [`Rooms`], shared. Every layer that a request passes has one of its own, so cloning it costs next to nothing.
#[derive(Clone)]
pub struct AppState(Arc<Rooms>);

/// What every request may use.
#[derive(Clone)]
pub struct Rooms {
    /// All settings.
    pub config: Arc<Config>,
    /// Where the page's files are.
    pub leptos: LeptosOptions,
    /// The ordered log of changes.
    pub event_log: EventLog,
    /// What services reported so far.
    pub history: History,
    /// Fans changes out to open streams.
    pub hub: Hub,
    /// What services say line by line.
    pub logs: Logs,
    /// The open streams of this instance and their leases.
    pub streams: Streams,
    /// Who may sign in.
    pub users: Users,
    /// Who is signed in.
    pub sessions: Sessions,
    /// The API tokens of scripts.
    pub tokens: Tokens,
    /// How often somebody may try to sign in.
    pub sign_in_limits: SignInLimits,
    /// Who did what.
    pub audit: Audit,
    /// What is asked of services.
    pub commands: Commands,
    /// The bank's users, accounts and balances.
    pub bank: Bank,
    /// The lanes of jobs.
    pub jobs: Jobs,
    /// What came of the periodic runs.
    pub runs: Runs,
    /// What is counted and measured.
    pub metrics: Metrics,
    /// What is shown of it, and of what services measure.
    pub dashboard: Dashboard,
    /// Who may make a file now that is large.
    pub downloads: Downloads,
}

impl From<Rooms> for AppState {
    fn from(rooms: Rooms) -> Self {
        Self(Arc::new(rooms))
    }
}

impl Deref for AppState {
    type Target = Rooms;

    fn deref(&self) -> &Rooms {
        &self.0
    }
}

impl FromRef<AppState> for LeptosOptions {
    fn from_ref(state: &AppState) -> Self {
        state.leptos.clone()
    }
}

impl FromRef<AppState> for Hub {
    fn from_ref(state: &AppState) -> Self {
        state.hub.clone()
    }
}

impl FromRef<AppState> for Logs {
    fn from_ref(state: &AppState) -> Self {
        state.logs.clone()
    }
}

impl FromRef<AppState> for Streams {
    fn from_ref(state: &AppState) -> Self {
        state.streams.clone()
    }
}

impl FromRef<AppState> for Bank {
    fn from_ref(state: &AppState) -> Self {
        state.bank.clone()
    }
}

impl FromRef<AppState> for Jobs {
    fn from_ref(state: &AppState) -> Self {
        state.jobs.clone()
    }
}

impl FromRef<AppState> for Runs {
    fn from_ref(state: &AppState) -> Self {
        state.runs.clone()
    }
}

impl FromRef<AppState> for Metrics {
    fn from_ref(state: &AppState) -> Self {
        state.metrics.clone()
    }
}
