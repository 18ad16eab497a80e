//! The open streams of this instance, and their leases in Redis, by which the limit holds over all instances.
//!
//! Every two seconds one script renews all leases and one round trip asks which credentials are still good, so a
//! stream ends within seconds of a sign-out or a take-over wherever that happened, and the leases of an instance
//! that was killed run out by themselves.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use redis::Script;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::server::auth::credentials::{Credential, Credentials, Identity};
use crate::server::auth::sessions::{SessionError, SessionKey};
use crate::server::hub::Hub;
use crate::server::metrics::{Metrics, StreamEnd};
use crate::server::redis::{Redis, keys, scripts};

/// How long a lease lasts unless it is renewed; a killed instance locks nobody out for longer.
const LEASE: Duration = Duration::from_secs(30);

/// How often leases and credentials are looked at.
const CHECK_EVERY: Duration = Duration::from_secs(2);

/// Why the server ends a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The session ended, or the token was revoked.
    SignedOut,
    /// The same tab opened a newer stream.
    Replaced,
    /// The server stops.
    Shutdown,
}

/// Why a stream was not opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
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
    /// The name of this instance, in the log.
    pub instance: String,
    /// How many streams one user may have open at once.
    pub max_per_user: usize,
}

struct Shared {
    parts: StreamsParts,
    open: Mutex<Registry>,
    scripts: Scripts,
}

#[derive(Default)]
struct Registry {
    next: u64,
    entries: HashMap<u64, Entry>,
}

struct Entry {
    lease: Lease,
    credential: Credential,
    end: watch::Sender<Option<End>>,
}

/// The right to one stream: whose, for which tab, and the token that tells a take-over.
#[derive(Clone, Debug)]
struct Lease {
    user: String,
    tab: String,
    token: String,
}

struct Scripts {
    open: Script,
    renew: Script,
    close: Script,
}

/// An open stream. Dropping it gives the lease back.
pub struct OpenStream {
    streams: Streams,
    number: u64,
    lease: Lease,
    end: watch::Receiver<Option<End>>,
    /// The tab's name, if the page gave one.
    tab: Option<String>,
    opened: Instant,
}

impl Streams {
    /// A registry without streams.
    pub fn new(parts: StreamsParts) -> Self {
        let scripts = Scripts {
            open: Script::new(scripts::OPEN_STREAM),
            renew: Script::new(scripts::RENEW_STREAMS),
            close: Script::new(scripts::CLOSE_STREAM),
        };
        Self(Arc::new(Shared { parts, open: Mutex::default(), scripts }))
    }

    /// How many streams one user may have open at once.
    pub fn max_per_user(&self) -> usize {
        self.0.parts.max_per_user
    }

    /// Opens a stream. The same tab takes its earlier stream over, on whichever instance that is.
    pub async fn open(&self, identity: &Identity, tab: Option<&str>) -> Result<OpenStream, OpenError> {
        let token = uuid::Uuid::now_v7().simple().to_string();
        let place = tab.map_or_else(|| token.clone(), ToOwned::to_owned);
        let lease = Lease { user: identity.user.name.clone(), tab: place, token };
        let (is_open, wait_ms): (bool, u64) = self
            .0
            .scripts
            .open
            .key(keys::stream_leases(&lease.user))
            .arg(&lease.tab)
            .arg(&lease.token)
            .arg(LEASE.as_millis() as u64)
            .arg(self.0.parts.max_per_user)
            .invoke_async(&mut self.0.parts.redis.commands())
            .await?;
        if !is_open {
            return Err(OpenError::TooMany { retry_after: Duration::from_millis(wait_ms) });
        }
        self.end_where(End::Replaced, |earlier| earlier.lease.user == lease.user && earlier.lease.tab == lease.tab);
        Ok(self.register(lease, identity.credential.clone(), tab))
    }

    fn register(&self, lease: Lease, credential: Credential, tab: Option<&str>) -> OpenStream {
        let (end, ended) = watch::channel(None);
        let mut registry = self.registry();
        let number = registry.next;
        registry.next += 1;
        registry.entries.insert(number, Entry { lease: lease.clone(), credential, end });
        drop(registry);
        let StreamsParts { metrics, instance, .. } = &self.0.parts;
        metrics.stream_opened();
        tracing::info!(user.name = lease.user, instance.id = instance, stream.tab = tab, "SSE client connected");
        let tab = tab.map(ToOwned::to_owned);
        OpenStream { streams: self.clone(), number, lease, end: ended, tab, opened: Instant::now() }
    }

    /// The streams a user holds, over all instances.
    pub async fn count(&self, user: &str) -> Result<usize, OpenError> {
        let leases: HashMap<String, String> = redis::cmd("HGETALL")
            .arg(keys::stream_leases(user))
            .query_async(&mut self.0.parts.redis.commands())
            .await?;
        Ok(leases.len())
    }

    /// Streams open on this instance.
    pub fn open_here(&self) -> usize {
        self.registry().entries.len()
    }

    /// Ends every stream of this instance.
    pub fn end_all(&self, end: End) {
        self.end_where(end, |_| true);
    }

    /// Ends every stream of one session on this instance at once; other instances see it at their next check.
    pub fn end_session(&self, session: &SessionKey) {
        self.end_where(End::SignedOut, |entry| entry.credential == Credential::Session(session.clone()));
    }

    fn end_where(&self, end: End, concerns: impl Fn(&Entry) -> bool) {
        for entry in self.registry().entries.values().filter(|entry| concerns(entry)) {
            entry.end.send_replace(Some(end));
        }
    }

    /// Looks at leases and credentials again and again until `shutdown`.
    pub async fn keep_checking(self, shutdown: CancellationToken) {
        let mut every = tokio::time::interval(CHECK_EVERY);
        every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let checks = async {
            loop {
                every.tick().await;
                if let Err(error) = self.check().await {
                    tracing::debug!(error = %error, "open streams could not be checked");
                }
            }
        };
        shutdown.run_until_cancelled(checks).await;
    }

    /// Renews every lease and ends the streams that lost theirs or whose credential is no longer good.
    pub async fn check(&self) -> Result<(), CheckError> {
        let streams: Vec<(u64, Lease, Credential)> = self
            .registry()
            .entries
            .iter()
            .map(|(number, entry)| (*number, entry.lease.clone(), entry.credential.clone()))
            .collect();
        let mut call = self.0.scripts.renew.prepare_invoke();
        call.arg(LEASE.as_millis() as u64).arg(self.0.parts.max_per_user);
        for (_, lease, _) in &streams {
            call.key(keys::stream_leases(&lease.user)).arg(&lease.tab).arg(&lease.token);
        }
        let answer: Vec<u64> = call.invoke_async(&mut self.0.parts.redis.commands()).await?;
        if let Some(now) = answer.first() {
            self.0.parts.hub.set_time(*now);
        }
        let credentials: Vec<_> = streams.iter().map(|(_, _, credential)| credential.clone()).collect();
        let good = self.0.parts.credentials.still_good(&credentials).await?;
        let registry = self.registry();
        for (((number, ..), renewed), good) in streams.iter().zip(answer.iter().skip(1)).zip(good) {
            let end = if !good {
                End::SignedOut
            } else if *renewed == 0 {
                End::Replaced
            } else {
                continue;
            };
            if let Some(entry) = registry.entries.get(number) {
                entry.end.send_replace(Some(end));
            }
        }
        Ok(())
    }

    /// Nothing that holds the lock can panic half-way through a change, so a poisoned one is as good as any.
    fn registry(&self) -> MutexGuard<'_, Registry> {
        self.0.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl OpenStream {
    /// Waits until the server ends this stream. Dropping the future loses nothing.
    pub async fn ended(&mut self) -> End {
        loop {
            if let Some(end) = *self.end.borrow_and_update() {
                return end;
            }
            if self.end.changed().await.is_err() {
                return End::Shutdown;
            }
        }
    }

    /// Tells that it is over. Without a reason of the server's the client closed it, or something on the way did.
    fn report_end(&self) {
        let StreamsParts { metrics, instance, .. } = &self.streams.0.parts;
        let (end, reason) = match *self.end.borrow() {
            None => (StreamEnd::Client, "client closed"),
            Some(End::SignedOut) => (StreamEnd::SignedOut, "signed out"),
            Some(End::Replaced) => (StreamEnd::Replaced, "replaced"),
            Some(End::Shutdown) => (StreamEnd::Shutdown, "shutdown"),
        };
        metrics.stream_ended(end);
        tracing::info!(
            user.name = self.lease.user,
            instance.id = instance,
            stream.tab = self.tab,
            reason,
            duration_ms = self.opened.elapsed().as_millis() as u64,
            "SSE client disconnected"
        );
    }
}

impl Drop for OpenStream {
    fn drop(&mut self) {
        self.streams.registry().entries.remove(&self.number);
        self.report_end();
        let shared = self.streams.0.clone();
        let lease = self.lease.clone();
        // Without a runtime the program is ending, and the lease runs out by itself.
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        runtime.spawn(async move {
            let closed = shared
                .scripts
                .close
                .key(keys::stream_leases(&lease.user))
                .arg(&lease.tab)
                .arg(&lease.token)
                .invoke_async::<i64>(&mut shared.parts.redis.commands())
                .await;
            if let Err(error) = closed {
                tracing::debug!(error = %error, "a stream's lease is left to run out");
            }
        });
    }
}
