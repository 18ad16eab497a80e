//! What operators do with jobs that are in nobody's hands: try them again, or discard them.

use std::collections::{HashMap, HashSet};

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
    /// that they do not hold up what is asked for meanwhile. The audit has a record for each service, written in the step
    /// that does it; ids of no job leave none. Answers for each in the same order.
    pub async fn retry(&self, ids: &[JobId], intent: &Intent) -> Result<Vec<(JobId, Changed)>, QueueError> {
        let lane = if ids.len() == 1 { Lane::Priority.name() } else { "" };
        let mut words = HashMap::new();
        for (service, ids) in self.by_service(ids).await? {
            let mut call = call(&self.scripts.retry, service);
            call.key(keys::AUDIT).key(keys::AUDIT_OUTCOMES);
            call.arg(written(intent, service, &ids)?).arg(lane).arg(&ids);
            let answers: Vec<String> = call.invoke_async(&mut self.redis.commands()).await?;
            words.extend(ids.into_iter().zip(answers));
        }
        Ok(told(ids, &words))
    }

    /// Discards jobs: those that wait or are to be tried again end as dead with that message, dead ones are listed no
    /// longer. The audit and the answers are as with [`Jobs::retry`].
    pub async fn discard(
        &self,
        ids: &[JobId],
        message: &str,
        intent: &Intent,
    ) -> Result<Vec<(JobId, Changed)>, QueueError> {
        let mut words = HashMap::new();
        for (service, ids) in self.by_service(ids).await? {
            let mut call = call(&self.scripts.discard, service);
            call.key(keys::EVENTS).key(keys::AUDIT_OUTCOMES).key(keys::AUDIT).arg(written(intent, service, &ids)?);
            call.arg(message).arg(DEAD_KEPT.as_secs()).arg(DEAD_LISTED).arg(LOG_LENGTH).arg(&ids);
            let answers: Vec<String> = call.invoke_async(&mut self.redis.commands()).await?;
            words.extend(ids.into_iter().zip(answers));
        }
        Ok(told(ids, &words))
    }

    /// Those ids that are some job's, each once, by the service whose job it is; that never changes.
    async fn by_service<'a>(&self, ids: &'a [JobId]) -> Result<Vec<(BuiltIn, Vec<&'a str>)>, QueueError> {
        let mut seen = HashSet::new();
        let once = ids.iter().map(|id| id.0.as_str()).filter(|id| seen.insert(*id));
        let possible: Vec<&str> = once.filter(|id| Uuid::try_parse(id).is_ok()).collect();
        if possible.is_empty() {
            return Ok(Vec::new());
        }
        let mut ask = redis::pipe();
        for id in &possible {
            ask.hget(keys::job(id), "service");
        }
        let names: Vec<Option<String>> = ask.query_async(&mut self.redis.commands()).await?;
        let of = |service: BuiltIn| {
            let its = possible.iter().zip(&names).filter(|(_, name)| name.as_deref() == Some(service.name()));
            (service, its.map(|(id, _)| *id).collect::<Vec<_>>())
        };
        Ok(BuiltIn::ALL.into_iter().map(of).filter(|(_, ids)| !ids.is_empty()).collect())
    }
}

/// The intent as it concerns these jobs of one service.
fn written(intent: &Intent, service: BuiltIn, ids: &[&str]) -> Result<String, serde_json::Error> {
    let intent = Intent { target: service.name().to_owned(), ..intent.clone() };
    audit::written(&match ids {
        [id] => intent.with("jobId", id),
        ids => intent.with("jobs", ids.len()).with("jobIds", ids.join(" ")),
    })
}

fn told(ids: &[JobId], words: &HashMap<&str, String>) -> Vec<(JobId, Changed)> {
    let what = |id: &JobId| words.get(id.0.as_str()).map_or(Changed::Unknown, |word| changed(word));
    ids.iter().map(|id| (id.clone(), what(id))).collect()
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
