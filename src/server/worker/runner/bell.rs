//! Rings when a job came into one of a service's lanes.

use std::sync::Arc;
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use crate::model::service::BuiltIn;
use crate::server::worker::queue::{Jobs, QueueError, Seen};

/// The longest time between two rings: whoever waits also has to look for what is due by the clock.
const RINGS_EVERY: Duration = Duration::from_secs(1);

/// How long to wait before Redis is tried again.
const TRY_AGAIN: Duration = Duration::from_millis(500);

/// A watch over the lanes, in a task and on a connection of its own, so that nothing breaks off its blocking read. It
/// watches only when somebody listens: who works off a long lane hears nothing of each job in it.
pub struct Bell {
    wanted: Arc<Notify>,
    rung: Arc<Notify>,
    watching: JoinHandle<()>,
}

impl Bell {
    /// Makes ready to watch. Must be called inside a Tokio runtime.
    pub fn over(jobs: Jobs, service: BuiltIn) -> Self {
        let (wanted, rung) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let watching = tokio::spawn(watch(jobs, service, wanted.clone(), rung.clone()));
        Self { wanted, rung, watching }
    }

    /// Waits for the next ring, or for none if it rang since the last one was heard.
    pub async fn rings(&self) {
        self.wanted.notify_one();
        self.rung.notified().await;
    }
}

impl Drop for Bell {
    fn drop(&mut self) {
        self.watching.abort();
    }
}

async fn watch(jobs: Jobs, service: BuiltIn, wanted: Arc<Notify>, rung: Arc<Notify>) {
    let mut place = None;
    loop {
        wanted.notified().await;
        if let Err(error) = wait(&jobs, service, &mut place).await {
            // Another life of Redis may number its entries anew.
            place = None;
            tracing::debug!(service.id = %service.id(), %error, "The lanes cannot be watched");
            tokio::time::sleep(TRY_AGAIN).await;
        }
        rung.notify_one();
    }
}

/// Where one watches from, and up to where one has seen the lanes from there.
type Place = (MultiplexedConnection, Seen);

async fn wait(jobs: &Jobs, service: BuiltIn, place: &mut Option<Place>) -> Result<(), QueueError> {
    let (room, seen) = match place {
        Some(place) => place,
        None => place.insert((jobs.waiting_room(RINGS_EVERY).await?, Seen::default())),
    };
    jobs.wait(service, room, seen, RINGS_EVERY).await
}
