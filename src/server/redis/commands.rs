//! The shared connection for commands, which comes back from every refusal.
//!
//! redis-rs's manager connects again after it lost its connection. But it keeps for good what it was told when it was
//! refused: a wrong password would stay wrong after it was put right. And it keeps a connection on which no answer comes,
//! however long that lasts: one that is half open would stay so. So a manager that was refused, or waited for an answer in
//! vain, is replaced; whoever still waits for an answer of the old one may get it.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures::FutureExt;
use redis::aio::{ConnectionLike, ConnectionManager, ConnectionManagerConfig};
use redis::{Client, Cmd, ErrorKind, Pipeline, RedisFuture, RedisResult, Value};

/// The least time between two attempts to be let in.
const RETRY: Duration = Duration::from_millis(200);

/// Connects anew whenever it has to. Cloning it shares the connection.
#[derive(Clone)]
pub struct Commands {
    shared: Arc<Shared>,
    /// The manager of this clone, and which one it is: taken anew for each command.
    current: Current,
}

struct Shared {
    client: Client,
    settings: ConnectionManagerConfig,
    newest: Mutex<Current>,
}

#[derive(Clone)]
struct Current {
    manager: ConnectionManager,
    made: Instant,
}

impl Commands {
    /// Prepares the connection; nothing is connected before the first command.
    pub fn new(client: Client, settings: ConnectionManagerConfig) -> RedisResult<Self> {
        let current = Current::new(&client, &settings)?;
        let shared = Shared { client, settings, newest: Mutex::new(current.clone()) };
        Ok(Self { shared: Arc::new(shared), current })
    }

    fn take_newest(&mut self) {
        self.current = self.shared.newest.lock().unwrap_or_else(PoisonError::into_inner).clone();
    }

    /// Replaces a manager that was refused or got no answer, unless somebody else did.
    fn look_at<T>(&self, result: &RedisResult<T>) {
        let Err(error) = result else { return };
        // What is wrong with the password or with its file, or with the connection without anybody saying so; whatever
        // else is wrong, the manager mends itself.
        let is_refused = matches!(error.kind(), ErrorKind::AuthenticationFailed | ErrorKind::InvalidClientConfig);
        if !is_refused && !error.is_timeout() {
            return;
        }
        let mut newest = self.shared.newest.lock().unwrap_or_else(PoisonError::into_inner);
        if newest.made == self.current.made
            && newest.made.elapsed() >= RETRY
            && let Ok(fresh) = Current::new(&self.shared.client, &self.shared.settings)
        {
            *newest = fresh;
        }
    }
}

impl Current {
    fn new(client: &Client, settings: &ConnectionManagerConfig) -> RedisResult<Self> {
        let manager = ConnectionManager::new_lazy_with_config(client.clone(), settings.clone())?;
        Ok(Self { manager, made: Instant::now() })
    }
}

impl ConnectionLike for Commands {
    fn req_packed_command<'a>(&'a mut self, command: &'a Cmd) -> RedisFuture<'a, Value> {
        async move {
            self.take_newest();
            let result = self.current.manager.req_packed_command(command).await;
            self.look_at(&result);
            result
        }
        .boxed()
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        pipeline: &'a Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        async move {
            self.take_newest();
            let result = self.current.manager.req_packed_commands(pipeline, offset, count).await;
            self.look_at(&result);
            result
        }
        .boxed()
    }

    fn get_db(&self) -> i64 {
        self.current.manager.get_db()
    }
}
