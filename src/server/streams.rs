//! The open streams of this instance.
//!
//! Every two seconds one round trip asks which credentials are still good, so that a stream ends within seconds of a
//! sign-out wherever that happened. Every heartbeat another one renews all leases, which also shows what was taken over
//! elsewhere; the leases of an instance that was killed run out by themselves.

mod ending;
mod leases;
mod opening;
mod registry;

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::server::auth::credentials::{Credential, Credentials};
use crate::server::auth::sessions::{SessionError, SessionKey};
use crate::server::hub::Hub;
use crate::server::metrics::{Metrics, StreamEnd};
use crate::server::redis::Redis;
use crate::server::streams::ending::Ending;
use crate::server::streams::leases::Leases;
use crate::server::streams::opening::Opening;
use crate::server::streams::registry::{Entry, Registry};

pub use ending::End;
pub use leases::{Held, StreamKind};

/// How often credentials are looked at.
const CHECK_EVERY: Duration = Duration::from_secs(2);

/// Why a stream was not opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The credential is not good.
    #[error("nobody is signed in")]
    SignedOut,
    /// The user has as many as they may.
    #[error("too many streams are open")]
    TooMany {
        /// When one of the leases may run out.
        retry_after: Duration,
    },
    /// Redis did not answer or refused.
    #[error("the stream leases: {0}")]
    Redis(#[from] redis::RedisError),
}

/// Leases or credentials could not be looked at.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// The leases could not be renewed.
    #[error("the stream leases: {0}")]
    Leases(#[from] redis::RedisError),
    /// The credentials could not be asked for.
    #[error(transparent)]
    Credentials(#[from] SessionError),
}

/// The registry of open streams. Cloning it shares it.
#[derive(Clone)]
pub struct Streams(Arc<Shared>);

/// What the registry works with.
pub struct StreamsParts {
    /// Where the leases are.
    pub redis: Redis,
    /// Which sessions and tokens are still good.
    pub credentials: Credentials,
    /// Told what Redis's clock says.
    pub hub: Hub,
    /// Where streams are counted.
    pub metrics: Metrics,
    /// The name of this instance, for the log.
    pub instance: String,
    /// How many streams one user may have open at once.
    pub max_per_user: usize,
    /// How often leases are renewed.
    pub renew_every: Duration,
}

struct Shared {
    leases: Leases,
    credentials: Credentials,
    hub: Hub,
    metrics: Metrics,
    instance: String,
    renew_every: Duration,
    open: Mutex<Registry>,
    /// The leases on their way back.
    returns: TaskTracker,
}

/// An open stream. Dropping it gives the lease back.
pub struct OpenStream {
    streams: Streams,
    entry: Arc<Entry>,
    /// Whether the page gave its tab a name.
    is_named: bool,
    opened: Instant,
}

impl Streams {
    /// A registry without streams.
    pub fn new(parts: StreamsParts) -> Self {
        let StreamsParts { redis, credentials, hub, metrics, instance, max_per_user, renew_every } = parts;
        let leases = Leases::new(redis, credentials.clone(), max_per_user);
        let (open, returns) = (Mutex::default(), TaskTracker::new());
        Self(Arc::new(Shared { leases, credentials, hub, metrics, instance, renew_every, open, returns }))
    }

    /// How many status streams one user may have open at once.
    pub fn max_per_user(&self) -> usize {
        self.0.leases.max_per_user
    }

    /// How many streams of all kinds one user may have open at once.
    pub fn max_of_all_kinds(&self) -> usize {
        self.0.leases.max_of_all_kinds()
    }

    /// Opens a stream for whoever holds the credential. The same tab takes its earlier stream over, on whichever instance
    /// that is. Dropping the future leaves no lease behind.
    pub async fn open(
        &self,
        credential: Credential,
        kind: StreamKind,
        tab: Option<&str>,
    ) -> Result<OpenStream, OpenError> {
        let (streams, tab) = (self.clone(), tab.map(ToOwned::to_owned));
        let opening = async move {
            let lease = streams.0.leases.take(&credential, kind, tab.as_deref()).await?;
            Ok(streams.register(Entry { lease, credential, ending: Ending::default() }, tab.is_some()))
        };
        Opening::new(opening, self.0.returns.clone()).await
    }

    fn register(&self, entry: Entry, is_named: bool) -> OpenStream {
        let entry = Arc::new(entry);
        if let Some(earlier) = self.registry().enter(entry.clone()) {
            earlier.ending.end(End::Replaced);
        }
        match entry.lease.kind() {
            StreamKind::Status => self.0.metrics.stream_opened(),
            StreamKind::Logs => self.0.metrics.log_stream_opened(),
        }
        let stream = OpenStream { streams: self.clone(), entry, is_named, opened: Instant::now() };
        tracing::info!(
            user.name = stream.entry.lease.user,
            instance.id = self.0.instance,
            stream.tab = stream.tab(),
            "SSE client connected"
        );
        stream
    }

    /// Whether a credential is good, without opening anything.
    pub async fn is_good(&self, credential: Credential) -> Result<bool, SessionError> {
        let (_, good) = self.0.credentials.still_good(&[credential]).await?;
        Ok(good == [true])
    }

    /// The streams a user holds, over all instances.
    pub async fn count(&self, user: &str) -> Result<Held, OpenError> {
        self.0.leases.count(user).await
    }

    /// Streams open on this instance.
    pub fn open_here(&self) -> usize {
        self.registry().len()
    }

    /// Ends every stream of this instance, also one that is being opened.
    pub fn end_all(&self, end: End) {
        self.registry().close(end);
    }

    /// Ends every stream of one session on this instance at once; other instances see it at their next check.
    pub fn end_session(&self, session: &SessionKey) {
        self.end_where(End::SignedOut, |entry| entry.credential == Credential::Session(session.clone()));
    }

    /// Waits until the leases of all streams that ended are given back. No stream may be opened any more.
    pub async fn are_given_back(&self) {
        self.0.returns.close();
        self.0.returns.wait().await;
    }

    fn end_where(&self, end: End, concerns: impl Fn(&Entry) -> bool) {
        for entry in self.registry().entries().filter(|entry| concerns(entry)) {
            entry.ending.end(end);
        }
    }

    /// Looks at credentials and renews leases again and again until `shutdown`.
    pub async fn keep_checking(self, shutdown: CancellationToken) {
        let (mut check, mut renewal) = (interval(CHECK_EVERY), interval(self.0.renew_every));
        check.set_missed_tick_behavior(MissedTickBehavior::Delay);
        renewal.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let checks = async {
            loop {
                let checked = tokio::select! {
                    _ = check.tick() => self.check_credentials().await,
                    _ = renewal.tick() => self.renew_leases().await,
                };
                if let Err(error) = checked {
                    tracing::debug!(error = %error, "open streams could not be checked");
                }
            }
        };
        shutdown.run_until_cancelled(checks).await;
    }

    /// Ends the streams whose credential is no longer good or whose lease was lost, and renews the other leases.
    pub async fn check(&self) -> Result<(), CheckError> {
        self.check_credentials().await?;
        self.renew_leases().await
    }

    async fn check_credentials(&self) -> Result<(), CheckError> {
        let credentials: HashSet<_> = self.entries().iter().map(|entry| entry.credential.clone()).collect();
        let credentials: Vec<_> = credentials.into_iter().collect();
        let (now, good) = self.0.credentials.still_good(&credentials).await?;
        self.0.hub.set_time(now);
        let bad: HashSet<_> = credentials.iter().zip(good).filter(|(_, good)| !good).map(|(bad, _)| bad).collect();
        self.end_where(End::SignedOut, |entry| bad.contains(&entry.credential));
        Ok(())
    }

    async fn renew_leases(&self) -> Result<(), CheckError> {
        let entries = self.entries();
        let held = self.0.leases.renew(entries.iter().map(|entry| &entry.lease)).await?;
        for (entry, _) in entries.iter().zip(held).filter(|(_, held)| !held) {
            entry.ending.end(End::Replaced);
        }
        Ok(())
    }

    fn entries(&self) -> Vec<Arc<Entry>> {
        self.registry().entries().cloned().collect()
    }

    /// Nothing that holds the lock can panic half-way through a change, so a poisoned one is as good as any.
    fn registry(&self) -> MutexGuard<'_, Registry> {
        self.0.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl OpenStream {
    /// Why the server ends this stream, once it does; wakes the task that waits for it.
    pub fn poll_end(&self, context: &mut Context<'_>) -> Poll<End> {
        self.entry.ending.poll(context)
    }

    /// The tab's name, if the page gave one.
    fn tab(&self) -> Option<&str> {
        self.is_named.then_some(self.entry.lease.tab.as_str())
    }

    /// Tells that it is over. Without a reason of the server's the client closed it, or something on the way did.
    fn report_end(&self) {
        let (end, reason) = match self.entry.ending.reason() {
            None => (StreamEnd::Client, "client closed"),
            Some(End::SignedOut) => (StreamEnd::SignedOut, "signed out"),
            Some(End::Replaced) => (StreamEnd::Replaced, "replaced"),
            Some(End::Shutdown) => (StreamEnd::Shutdown, "shutdown"),
        };
        match self.entry.lease.kind() {
            StreamKind::Status => self.streams.0.metrics.stream_ended(end),
            StreamKind::Logs => self.streams.0.metrics.log_stream_ended(),
        }
        tracing::info!(
            user.name = self.entry.lease.user,
            instance.id = self.streams.0.instance,
            stream.tab = self.tab(),
            reason,
            duration_ms = self.opened.elapsed().as_millis() as u64,
            "SSE client disconnected"
        );
    }
}

impl Drop for OpenStream {
    fn drop(&mut self) {
        self.streams.registry().leave(&self.entry);
        self.report_end();
        let (shared, entry) = (self.streams.0.clone(), self.entry.clone());
        // Without a runtime the program is ending, and the lease runs out by itself.
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        let returns = shared.returns.clone();
        returns.spawn_on(async move { shared.leases.give_back(&entry.lease).await }, &runtime);
    }
}
