//! News for the pages of jobs and of accounts, which are no changes of a service: they carry no position, and a page that
//! was away asks for what it shows anew.

use std::collections::BTreeSet;
use std::time::Duration;

use futures::StreamExt;
use redis::{ErrorKind, RedisResult, Value};
use tokio::time::{Interval, MissedTickBehavior};
use tokio_util::sync::CancellationToken;

use crate::model::job_list::Lanes;
use crate::server::hub::Hub;
use crate::server::redis::{Redis, keys};
use crate::server::streams::Streams;
use crate::server::worker::queue::{Jobs, Movement, QueueError};

/// How often jobs are counted while streams are open.
const COUNT_EVERY: Duration = Duration::from_secs(1);

/// For how long news of accounts are gathered, so that each user is told of twice a second at most.
const GATHER: Duration = Duration::from_millis(500);

/// How often the connection that listens is asked whether it is still there, and how long its answer may take. One that is half
/// open says nothing for ever.
const ASK_EVERY: Duration = Duration::from_secs(2);

/// How long to wait before the way to Redis is tried again.
const RETRY: Duration = Duration::from_secs(1);

/// Counts the jobs once a second while anybody looks, and tells when one came, moved or ended. Whoever begins to look while
/// others do is told the newest counts at once.
pub async fn follow_lanes(jobs: Jobs, hub: Hub, streams: Streams, shutdown: CancellationToken) {
    let mut every = every(COUNT_EVERY);
    let mut known: Option<Movement> = None;
    let counting = async {
        loop {
            every.tick().await;
            if streams.open_here() == 0 || !hub.is_redis_connected() {
                // Nobody counts meanwhile, so whoever comes next, or has Redis back, waits for the next count.
                hub.forget_lanes();
                continue;
            }
            if !hub.knows_lanes() {
                known = None;
            }
            match look(&jobs, known.as_ref()).await {
                Ok(Some((movement, lanes))) => {
                    known = Some(movement);
                    hub.set_lanes(&lanes);
                }
                Ok(None) => {}
                Err(error) => tracing::debug!(%error, "jobs could not be counted"),
            }
        }
    };
    shutdown.run_until_cancelled(counting).await;
}

async fn look(jobs: &Jobs, known: Option<&Movement>) -> Result<Option<(Movement, Lanes)>, QueueError> {
    let movement = jobs.movement().await?;
    let lanes = Lanes { lanes: movement.lanes() };
    Ok((known != Some(&movement)).then_some((movement, lanes)))
}

/// Hears which users are new or may have news of their accounts, and tells it. What is lost with a connection is of no account: pages that
/// show accounts ask anew when they come back, and the next sync tells again.
pub async fn follow_accounts(redis: Redis, hub: Hub, streams: Streams, shutdown: CancellationToken) {
    let listening = async {
        loop {
            if let Err(error) = listen(&redis, &hub, &streams).await {
                tracing::debug!(%error, "news of accounts are not heard");
            }
            tokio::time::sleep(RETRY).await;
        }
    };
    shutdown.run_until_cancelled(listening).await;
}

async fn listen(redis: &Redis, hub: &Hub, streams: &Streams) -> RedisResult<()> {
    let mut listener = redis.listener().await?;
    listener.subscribe(keys::ACCOUNT_CHANNEL).await?;
    let (mut line, mut messages) = listener.split();
    let mut users = BTreeSet::new();
    let mut tell = every(GATHER);
    let mut ask = every(ASK_EVERY);
    loop {
        tokio::select! {
            message = messages.next() => match message {
                Some(message) => users.extend(message.get_payload::<u64>().ok()),
                None => return Ok(()),
            },
            _ = tell.tick() => {
                // While pages are told that Redis is out of reach, they are told nothing else.
                if !hub.is_redis_connected() {
                    continue;
                }
                let told: Vec<u64> = std::mem::take(&mut users).into_iter().collect();
                if streams.open_here() > 0 {
                    hub.announce_accounts(&told);
                }
            }
            _ = ask.tick() => {
                tokio::time::timeout(ASK_EVERY, line.ping::<Value>())
                    .await
                    .map_err(|_| (ErrorKind::Io, "no answer in time"))??;
            }
        }
    }
}

fn every(period: Duration) -> Interval {
    let mut every = tokio::time::interval(period);
    every.set_missed_tick_behavior(MissedTickBehavior::Delay);
    every
}
