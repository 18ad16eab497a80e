//! Who hears that commands were given.

use std::sync::Arc;

use redis::aio::MultiplexedConnection;
use redis::{PushInfo, PushKind};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::server::commands::{CommandError, Commands};
use crate::server::redis::keys;

/// Hears on a connection of its own that something was said on the channel of commands. Nothing that is said is kept, so a
/// flood takes no memory: what was asked of a service stands in Redis.
pub struct Listener {
    /// It is listened on until this is dropped.
    _connection: MultiplexedConnection,
    heard: Arc<Notify>,
    is_over: CancellationToken,
}

impl Commands {
    /// Listens from now on.
    pub async fn listener(&self) -> Result<Listener, CommandError> {
        let (heard, is_over) = (Arc::new(Notify::new()), CancellationToken::new());
        let (bell, end) = (heard.clone(), is_over.clone());
        let hear = move |push: PushInfo| match push.kind {
            PushKind::Message => bell.notify_one(),
            PushKind::Disconnection => end.cancel(),
            _ => {}
        };
        let mut connection = self.redis.hearing(hear).await?;
        connection.subscribe(keys::COMMANDS_CHANNEL).await?;
        Ok(Listener { _connection: connection, heard, is_over })
    }
}

impl Listener {
    /// Waits until something is said, or was since the last time; false once the connection is gone.
    pub async fn hears(&self) -> bool {
        self.is_over.run_until_cancelled(self.heard.notified()).await.is_some()
    }
}
