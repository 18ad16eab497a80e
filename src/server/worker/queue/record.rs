//! What Redis keeps of one job.

use std::collections::HashMap;

use crate::model::job::{JobId, JobRecord, JobState, Lane};
use crate::model::job_history::{AttemptOutcome, JobAttempt};
use crate::model::service::{BuiltIn, ServiceId};
use crate::server::worker::queue::work::Work;

/// Reads a record; `None` if there is none.
pub fn read(id: &JobId, mut record: HashMap<String, String>) -> Option<JobRecord> {
    let service = ServiceId::parse(record.get("service")?).ok().and_then(BuiltIn::of)?;
    let state = record.get("state")?;
    let number = |field: &str| record.get(field).and_then(|text| text.parse().ok());
    Some(JobRecord {
        id: id.clone(),
        service: service.id(),
        lane: lane(record.get("lane")?)?,
        subject: Work::about(service, record.get("user").or_else(|| record.get("account"))?)?.subject(),
        state: JobState::ALL.into_iter().find(|known| known.name() == state)?,
        attempts: number("attempts")?,
        created_at: number("createdAt")?,
        started_at: number("startedAt"),
        worker: record.get("worker").cloned(),
        next_attempt_at: number("nextAttemptAt"),
        finished_at: number("finishedAt"),
        last_error: record.remove("lastError"),
        message: record.remove("message"),
    })
}

/// Reads the attempts that a record tells of, in the order in which they began.
pub fn history(record: &HashMap<String, String>) -> Vec<JobAttempt> {
    let token_of = |field: &str| field.strip_prefix("began:").and_then(|token| token.parse::<u64>().ok());
    let mut attempts: Vec<(u64, JobAttempt)> = record
        .iter()
        .filter_map(|(field, began)| {
            let token = token_of(field)?;
            let (started_at, worker) = began.split_once(' ')?;
            let mut attempt = JobAttempt {
                started_at: started_at.parse().ok()?,
                worker: worker.to_owned(),
                ended_at: None,
                outcome: None,
                error: None,
            };
            if let Some(ended) = record.get(&format!("ended:{token}")) {
                let mut parts = ended.splitn(3, ' ');
                attempt.ended_at = parts.next().and_then(|at| at.parse().ok());
                let name = parts.next();
                attempt.outcome = AttemptOutcome::ALL.into_iter().find(|outcome| Some(outcome.name()) == name);
                attempt.error = parts.next().filter(|error| !error.is_empty()).map(ToOwned::to_owned);
            }
            Some((token, attempt))
        })
        .collect();
    attempts.sort_by_key(|(token, _)| *token);
    attempts.into_iter().map(|(_, attempt)| attempt).collect()
}

/// The lane of that name.
pub fn lane(name: &str) -> Option<Lane> {
    Lane::ALL.into_iter().find(|known| known.name() == name)
}
