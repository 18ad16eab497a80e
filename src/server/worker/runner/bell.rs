//! Rings when a job came into one of a service's lanes.

use std::sync::Arc;
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use crate::model::service::BuiltIn;
use crate::server::worker::queue::{Jobs, QueueError};

/// The longest time between two rings: whoever waits also has to look for what is due by the clock.
const RINGS_EVERY: Duration = Duration::from_secs(1);

/// How long to wait before Redis is tried again.
const TRY_AGAIN: Duration = Duration::from_millis(500);

/// A watch over the lanes, in a task and on a connection of its own, so that nothing breaks off its blocking read.
pub struct Bell {
    rung: Arc<Notify>,
    watching: JoinHandle<()>,
}

impl Bell {
    /// Begins to watch. Must be called inside a Tokio runtime.
    pub fn over(jobs: Jobs, service: BuiltIn) -> Self {
        let rung = Arc::new(Notify::new());
        Self { rung: rung.clone(), watching: tokio::spawn(watch(jobs, service, rung)) }
    }

    /// Waits for the next ring, or for none if it rang since the last one was heard.
    pub async fn rings(&self) {
        self.rung.notified().await;
    }
}

impl Drop for Bell {
    fn drop(&mut self) {
        self.watching.abort();
    }
}

async fn watch(jobs: Jobs, service: BuiltIn, rung: Arc<Notify>) {
    let mut room = None;
    loop {
        if let Err(error) = wait(&jobs, service, &mut room).await {
            room = None;
            tracing::debug!(service.id = %service.id(), %error, "The lanes cannot be watched");
            tokio::time::sleep(TRY_AGAIN).await;
        }
        rung.notify_one();
    }
}

async fn wait(jobs: &Jobs, service: BuiltIn, room: &mut Option<MultiplexedConnection>) -> Result<(), QueueError> {
    let seen = jobs.counts(service).await?;
    let room = match room {
        Some(room) => room,
        None => room.insert(jobs.waiting_room(RINGS_EVERY).await?),
    };
    jobs.wait(service, room, &seen, RINGS_EVERY).await
}
