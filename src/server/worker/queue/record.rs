//! What Redis keeps of one job.

use std::collections::HashMap;

use crate::model::job::{JobId, JobRecord, JobState, Lane};
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
        next_attempt_at: number("nextAttemptAt"),
        finished_at: number("finishedAt"),
        last_error: record.remove("lastError"),
        message: record.remove("message"),
    })
}

/// The lane of that name.
pub fn lane(name: &str) -> Option<Lane> {
    Lane::ALL.into_iter().find(|known| known.name() == name)
}
