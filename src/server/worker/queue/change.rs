//! What operators do with jobs that are in nobody's hands: try them again, or discard them.

use std::collections::HashMap;

use uuid::Uuid;

use crate::model::audit::Intent;
use crate::model::job::{JobId, JobState, Lane};
use crate::model::service::BuiltIn;
use crate::server::audit;
use crate::server::event_log::LOG_LENGTH;
use crate::server::redis::keys;
use crate::server::worker::queue::{DEAD_KEPT, DEAD_LISTED, Jobs, QueueError, call};

/// What came of something that was to be done with a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Changed {
    /// It was done.
    Done,
    /// No such job is kept.
    Unknown,
    /// The job is in a state in which it cannot be done.
    NotNow(JobState),
    /// Another job about the same user or account is queued already.
    Queued(JobId),
}

impl Jobs {
    /// Tries jobs again: dead ones begin anew, with all their attempts, those that wait for their next attempt go at once.
    /// A single one goes into the priority lane, as whatever an operator asks for; of several each goes into its own, so
    /// that they do not hold up what is asked for meanwhile. Answers for each in the same order.
    pub async fn retry(&self, ids: &[JobId], intent: &Intent) -> Result<Vec<(JobId, Changed)>, QueueError> {
        let lane = if ids.len() == 1 { Lane::Priority.name() } else { "" };
        self.change(ids, intent, async |service, ids, intent| {
            let mut call = call(&self.scripts.retry, service);
            call.key(keys::AUDIT).key(keys::AUDIT_OUTCOMES).arg(intent).arg(lane).arg(ids);
            call.invoke_async(&mut self.redis.commands()).await
        })
        .await
    }

    /// Discards jobs: those that wait or are to be tried again end as dead with that message, dead ones are listed no
    /// longer. Answers for each in the same order.
    pub async fn discard(
        &self,
        ids: &[JobId],
        message: &str,
        intent: &Intent,
    ) -> Result<Vec<(JobId, Changed)>, QueueError> {
        self.change(ids, intent, async |service, ids, intent| {
            let mut call = call(&self.scripts.discard, service);
            call.key(keys::EVENTS).key(keys::AUDIT_OUTCOMES).key(keys::AUDIT);
            call.arg(intent).arg(message).arg(DEAD_KEPT.as_secs()).arg(DEAD_LISTED).arg(LOG_LENGTH).arg(ids);
            call.invoke_async(&mut self.redis.commands()).await
        })
        .await
    }

    /// Does something with the jobs of each service; a job's service never changes. The audit has a record for each
    /// service, written in the step that does it; ids of no job leave none.
    async fn change(
        &self,
        ids: &[JobId],
        intent: &Intent,
        mut with: impl AsyncFnMut(BuiltIn, &[&str], String) -> redis::RedisResult<Vec<String>>,
    ) -> Result<Vec<(JobId, Changed)>, QueueError> {
        let possible: Vec<&str> = ids.iter().map(|id| id.0.as_str()).filter(|id| Uuid::try_parse(id).is_ok()).collect();
        let mut services = redis::pipe();
        for id in &possible {
            services.hget(keys::job(id), "service");
        }
        let services: Vec<Option<String>> = match possible.as_slice() {
            [] => Vec::new(),
            _ => services.query_async(&mut self.redis.commands()).await?,
        };
        let mut words: HashMap<&str, String> = HashMap::new();
        for service in BuiltIn::ALL {
            let is_its = |name: &Option<String>| name.as_deref() == Some(service.name());
            let its: Vec<&str> =
                possible.iter().zip(&services).filter(|(_, name)| is_its(name)).map(|(id, _)| *id).collect();
            if !its.is_empty() {
                let intent = Intent { target: service.name().to_owned(), ..intent.clone() };
                let intent = match its.as_slice() {
                    [id] => intent.with("jobId", id),
                    ids => intent.with("jobs", ids.len()).with("jobIds", ids.join(" ")),
                };
                let answers = with(service, &its, audit::written(&intent)?).await?;
                words.extend(its.into_iter().zip(answers));
            }
        }
        let what = |id: &JobId| words.get(id.0.as_str()).map_or(Changed::Unknown, |word| changed(word));
        Ok(ids.iter().map(|id| (id.clone(), what(id))).collect())
    }
}

/// Reads a script's word.
fn changed(word: &str) -> Changed {
    if let Some(other) = word.strip_prefix("queued ") {
        return Changed::Queued(JobId(other.to_owned()));
    }
    match word {
        "retried" | "discarded" => Changed::Done,
        state => {
            JobState::ALL.into_iter().find(|known| known.name() == state).map_or(Changed::Unknown, Changed::NotNow)
        }
    }
}
