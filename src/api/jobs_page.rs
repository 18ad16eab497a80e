//! One page of jobs.

use leptos::prelude::*;

use crate::api::failure::Failure;
use crate::model::job_list::JobsPage;

/// How many jobs a page shows.
pub const JOBS_PER_PAGE: usize = 50;

/// Jobs by where they are, or by what they are about; an empty text asks for no such thing. 422 for a service, a list or a
/// cursor that is none. Asks for a viewer.
#[server(name = ReadJobsPage, prefix = "/fn", endpoint = "jobs_page")]
pub async fn jobs_page(
    /// The service whose jobs they are; of all services if empty.
    service: String,
    /// The list they are in, by its name; in all lists if empty.
    state: String,
    /// The id of a job, or the number of a user or account.
    q: String,
    /// Where an earlier page said that this one begins.
    cursor: String,
) -> Result<JobsPage, Failure> {
    use crate::api::error::ApiError;
    use crate::model::job_list::JobList;
    use crate::model::service::BuiltIn;
    use crate::model::user::Role;
    use crate::server::auth::guard;
    use crate::server::worker::queue::Cursor;

    let access = guard::require(Role::Viewer)?;
    let invalid = |field: &str, rule: String| ApiError::Invalid { field: field.to_owned(), rule };
    let services: Vec<BuiltIn> =
        BuiltIn::ALL.into_iter().filter(|one| service.is_empty() || one.name() == service).collect();
    if services.is_empty() {
        return Err(invalid("service", "it must be one of the services that have jobs".to_owned()).into());
    }
    let lists: Vec<JobList> = match state.as_str() {
        "" => JobList::ALL.to_vec(),
        name => vec![name.parse::<JobList>().map_err(|error| invalid("state", error.to_string()))?],
    };
    let cursor = match cursor.as_str() {
        "" => None,
        text => Some(Cursor::parse(text).map_err(|error| invalid("cursor", error.to_string()))?),
    };
    let unavailable = |error| {
        tracing::error!(%error, "jobs could not be listed");
        ApiError::Unavailable
    };
    let jobs = &access.state.jobs;
    let lanes = jobs.lanes().await.map_err(unavailable)?;
    let query = q.trim();
    if query.is_empty() {
        let (jobs, next) = jobs.list(&services, &lists, cursor.as_ref(), JOBS_PER_PAGE).await.map_err(unavailable)?;
        return Ok(JobsPage { jobs, next: next.map(|cursor| cursor.text()), lanes });
    }
    let found = jobs.search(&services, query).await.map_err(unavailable)?;
    let jobs = found.into_iter().filter(|job| lists.contains(&JobList::of(job))).collect();
    Ok(JobsPage { jobs, next: None, lanes })
}
