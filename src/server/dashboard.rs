//! The dashboard: what each instance measures of itself over the last hour, and what services say they measured.
//!
//! It is kept in memory, and each instance keeps its own, which goes on while Redis is away, when somebody looks; what it has to
//! show it tells the others over Redis. What must outlive a restart is Prometheus's to keep. Pages ask
//! for it every five seconds while they are seen, and not the stream: its frames go to all readers alike, and most of them
//! show no dashboard.

mod instances;
pub mod measurements;
mod own;
mod series;
mod words;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, MissedTickBehavior};
use tokio_util::sync::CancellationToken;

use crate::model;
use crate::model::dashboard::InstanceTiles;
use crate::server::dashboard::instances::Instances;
use crate::server::dashboard::measurements::Measurements;
use crate::server::dashboard::own::Own;
use crate::server::hub::Hub;
use crate::server::metrics::Metrics;
use crate::server::redis::Redis;
use crate::server::worker::queue::{Jobs, QueueError};

/// How often everything is measured.
const EVERY: Duration = Duration::from_secs(5);

/// Over how long the durations of jobs are judged.
const JOBS_OF: Duration = Duration::from_secs(60);

/// The dashboard. Cloning it shares it.
#[derive(Clone)]
pub struct Dashboard(Arc<Shared>);

struct Shared {
    instances: Instances,
    metrics: Metrics,
    jobs: Jobs,
    hub: Hub,
    measurements: Measurements,
    own: Mutex<Own>,
}

/// What Redis tells of jobs at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct JobFigures {
    priority: u64,
    background: u64,
    retrying: u64,
    /// How long the jobs took that were done lately, in ms.
    durations: Vec<u64>,
}

impl Dashboard {
    /// Nothing was measured yet.
    pub fn new(instance: String, redis: Redis, metrics: Metrics, jobs: Jobs, hub: Hub) -> Self {
        let instances = Instances::new(redis, instance);
        let (measurements, own) = (Measurements::default(), Mutex::default());
        Self(Arc::new(Shared { instances, metrics, jobs, hub, measurements, own }))
    }

    /// What services say they measured.
    pub fn measurements(&self) -> &Measurements {
        &self.0.measurements
    }

    /// Measures every five seconds until `shutdown`.
    pub async fn keep_measuring(self, shutdown: CancellationToken) {
        let mut every = tokio::time::interval(EVERY);
        every.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let measuring = async {
            loop {
                every.tick().await;
                self.measure().await;
            }
        };
        shutdown.run_until_cancelled(measuring).await;
    }

    /// Measures everything once. What Redis does not tell is a gap.
    pub async fn measure(&self) {
        let jobs = self.job_figures().await;
        if let Err(error) = &jobs {
            tracing::debug!(%error, "jobs could not be measured");
        }
        self.own().take(&self.0.metrics.reading(), jobs.ok().as_ref(), Instant::now());
        self.0.measurements.step();
        let tiles = self.own().tiles();
        if let Err(error) = self.0.instances.tell(&tiles, self.0.hub.now()).await {
            tracing::debug!(%error, "other instances are not told what this one measures");
        }
    }

    async fn job_figures(&self) -> Result<JobFigures, QueueError> {
        let lanes = self.0.jobs.movement().await?.lanes();
        let since = self.0.hub.now().saturating_sub(JOBS_OF.as_millis() as u64);
        Ok(JobFigures {
            priority: lanes.iter().map(|lanes| lanes.priority).sum(),
            background: lanes.iter().map(|lanes| lanes.background).sum(),
            retrying: lanes.iter().map(|lanes| lanes.retrying).sum(),
            durations: self.0.jobs.durations_since(since).await?,
        })
    }

    /// Everything, ready to be shown; while Redis is away, of this instance alone.
    pub async fn shown(&self) -> model::dashboard::Dashboard {
        let mut instances = match self.0.hub.is_redis_connected() {
            true => self.0.instances.others().await.unwrap_or_default(),
            false => Vec::new(),
        };
        instances.push(InstanceTiles { instance: self.0.instances.own.clone(), tiles: self.own().tiles() });
        instances.sort_by(|one, other| one.instance.cmp(&other.instance));
        model::dashboard::Dashboard { instances, services: self.0.measurements.shown(self.0.hub.now()) }
    }

    /// Nothing that holds the lock can panic half-way through a change, so a poisoned one is as good as any.
    fn own(&self) -> MutexGuard<'_, Own> {
        self.0.own.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
