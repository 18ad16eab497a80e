//! Asks a service to do one piece of work now: what the page's button and the API have in common.

use crate::api::error::ApiError;
use crate::model::audit::{Action, Intent};
use crate::model::job::{JobId, Subject};
use crate::model::status::ServiceState;
use crate::server::application::AppState;
use crate::server::auth::actor::Actor;
use crate::server::worker::queue::{Once, QueueError, Work};

/// Queues the work in the priority lane. 404 if what it is about is not known, 409 while the service says that it is
/// stopped, 422 if `once` was used for other work.
pub async fn trigger(state: &AppState, actor: &Actor, work: &Work, once: Option<&Once>) -> Result<JobId, ApiError> {
    let intent = intent(actor, work);
    let service = work.service().id();
    let refusal = |error| match error {
        QueueError::Unknown(subject) => ApiError::NotFound { what: capitalized(&subject.to_string()) },
        QueueError::KeyReused => ApiError::Invalid {
            field: "Idempotency-Key".to_owned(),
            rule: "it was used for another request within the last 24 hours".to_owned(),
        },
        error => {
            tracing::error!(service.id = %service, error = %error, "work could not be queued");
            ApiError::Unavailable
        }
    };
    if state.hub.state_of(service) == Some(ServiceState::Stopped) {
        // A request that is only repeated was taken before the stop.
        let made = match once {
            Some(once) => state.jobs.made_before(once).await.map_err(refusal)?,
            None => None,
        };
        return made.ok_or_else(|| ApiError::Conflict { reason: format!("{service} is stopped.") });
    }
    state.jobs.request(work, &intent, once).await.map_err(refusal)
}

fn intent(actor: &Actor, work: &Work) -> Intent {
    let intent = actor.intends(Action::Trigger, work.service().id());
    match work.subject() {
        Subject::User(number) => intent.with("userId", number),
        Subject::Account(number) => intent.with("accountNumber", number),
    }
}

/// What whoever asked is told once the work is queued.
pub fn queued(work: &Work) -> String {
    match work {
        Work::SyncBalances(user) => format!("Sync of user {user} queued."),
        Work::DiscoverAccounts(user) => format!("Discovery of the accounts of user {user} queued."),
        Work::EnrichAccount(account) => format!("Enrichment of account {account} queued."),
    }
}

fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
