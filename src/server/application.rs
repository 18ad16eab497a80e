//! Puts the rooms together: what every request may use, and the life of the program from start to stop.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::FromRef;
use axum::serve::ListenerExt;
use leptos::config::LeptosOptions;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::server::auth::sessions::Sessions;
use crate::server::auth::users::Users;
use crate::server::config::Config;
use crate::server::event_log::{EventLog, tail};
use crate::server::hub::Hub;
use crate::server::redis::Redis;
use crate::server::streams::{End, Streams};
use crate::server::worker::bank::Bank;
use crate::server::worker::queue::Jobs;
use crate::server::{inbox, router};

/// How long requests under way may take to end once the program is told to stop.
const LONGEST_GOODBYE: Duration = Duration::from_secs(8);

/// What every request may use. Cloning it shares everything.
#[derive(Clone, FromRef)]
pub struct AppState {
    /// All settings.
    pub config: Arc<Config>,
    /// Where the page's files are.
    pub leptos: LeptosOptions,
    /// The ordered log of changes.
    pub event_log: EventLog,
    /// Fans changes out to open streams.
    pub hub: Hub,
    /// The open streams of this instance and their leases.
    pub streams: Streams,
    /// Who may sign in.
    pub users: Users,
    /// Who is signed in.
    pub sessions: Sessions,
    /// The bank's users, accounts and balances.
    pub bank: Bank,
    /// The lanes of jobs.
    pub jobs: Jobs,
}
