//! Tries jobs again and discards them: what the page's buttons and the API have in common.

use crate::api::error::ApiError;
use crate::model::audit::{Action, Intent, Verdict};
use crate::model::job::{JobId, JobState};
use crate::model::job_list::{JobRefusal, JobsChanged};
use crate::server::application::AppState;
use crate::server::auth::actor::Actor;
use crate::server::auth::guard::Access;
use crate::server::reason;
use crate::server::worker::queue::{Changed, QueueError};

/// How many jobs are changed in one go: few enough that nobody else waits long for Redis.
pub const MOST_AT_ONCE: usize = 100;

/// What is done with jobs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobChange {
    /// Try them again.
    Retry,
    /// Do not do them.
    Discard,
}

impl JobChange {
    const fn action(self) -> Action {
        match self {
            Self::Retry => Action::Retry,
            Self::Discard => Action::Discard,
        }
    }
}

/// Does it with each of these jobs; those with which it cannot be done keep none of the others from it. 422 for more
/// than [`MOST_AT_ONCE`], and for a reason that breaks its rule.
pub async fn change(
    state: &AppState,
    actor: &Actor,
    what: JobChange,
    ids: &[JobId],
    reason: Option<String>,
) -> Result<JobsChanged, ApiError> {
    if ids.len() > MOST_AT_ONCE {
        let rule = format!("there must be {MOST_AT_ONCE} at most");
        return Err(ApiError::Invalid { field: "ids".to_owned(), rule });
    }
    let mut result = JobsChanged { request_id: actor.request_id().to_owned(), ..JobsChanged::default() };
    for (id, answer) in answers(state, actor, what, ids, reason).await? {
        match refusal(&id, &answer) {
            None => result.changed.push(id),
            Some(error) => result.refused.push(JobRefusal { id, reason: error.to_string() }),
        }
    }
    Ok(result)
}

/// The same for a page. A form without a script can be told of no job but by a refusal of all: 409 then.
pub async fn change_from_page(
    access: &Access,
    what: JobChange,
    ids: &[JobId],
    reason: String,
) -> Result<JobsChanged, ApiError> {
    let result = change(&access.state, &access.actor, what, ids, Some(reason)).await?;
    match result.refused.first() {
        Some(refusal) if access.is_plain_form => Err(ApiError::Conflict { reason: refusal.reason.clone() }),
        _ => Ok(result),
    }
}

/// Does it with one job. 404 if no such job is kept, 409 if it cannot be done now, 422 for a reason that breaks its rule.
pub async fn change_one(
    state: &AppState,
    actor: &Actor,
    what: JobChange,
    id: &JobId,
    reason: Option<String>,
) -> Result<(), ApiError> {
    let answers = answers(state, actor, what, std::slice::from_ref(id), reason).await?;
    answers.first().and_then(|(id, answer)| refusal(id, answer)).map_or(Ok(()), Err)
}

async fn answers(
    state: &AppState,
    actor: &Actor,
    what: JobChange,
    ids: &[JobId],
    reason: Option<String>,
) -> Result<Vec<(JobId, Changed)>, ApiError> {
    // Each service's jobs are written down by the step that changes them; what is no service's job is written down here.
    let intent = actor.intends(what.action(), "jobs");
    let intent = match reason::checked(reason) {
        Ok(reason) => intent.because(reason),
        Err(refusal) => return Err(state.audit.refuse(intent, refusal).await),
    };
    let answers = match what {
        JobChange::Retry => state.jobs.retry(ids, &intent).await,
        JobChange::Discard => {
            let by = intent.actor.as_deref().unwrap_or("somebody");
            state.jobs.discard(ids, &format!("Discarded by {by}."), &intent).await
        }
    };
    let answers = answers.map_err(unavailable)?;
    note_unknown(state, intent, &answers).await;
    Ok(answers)
}

async fn note_unknown(state: &AppState, intent: Intent, answers: &[(JobId, Changed)]) {
    // Whoever asks may write anything for an id, of any length.
    let unknown = answers.iter().filter(|(_, answer)| *answer == Changed::Unknown);
    let ids: Vec<String> = unknown.map(|(id, _)| id.0.chars().take(64).collect()).collect();
    if ids.is_empty() {
        return;
    }
    let message = "There are no such jobs.";
    if let Err(error) = state.audit.note(&intent.with("jobIds", ids.join(" ")), Verdict::Refused, message).await {
        tracing::warn!(%error, "a refused attempt is missing from the audit");
    }
}

fn unavailable(error: QueueError) -> ApiError {
    tracing::error!(%error, "jobs could not be changed");
    ApiError::Unavailable
}

/// Why it was not done; `None` if it was.
fn refusal(id: &JobId, answer: &Changed) -> Option<ApiError> {
    let reason = match answer {
        Changed::Done => return None,
        Changed::Unknown => {
            let id: String = id.0.chars().take(64).collect();
            return Some(ApiError::NotFound { what: format!("Job {id}") });
        }
        Changed::Queued(other) => format!("Another job about the same is queued already: {other}."),
        Changed::NotNow(JobState::Running) => format!("Job {id} is being worked on."),
        Changed::NotNow(JobState::Done) => format!("Job {id} is done."),
        Changed::NotNow(JobState::Dead) => format!("Job {id} is not listed any more."),
        Changed::NotNow(JobState::Waiting | JobState::Retrying) => format!("Job {id} waits for its turn already."),
    };
    Some(ApiError::Conflict { reason })
}
