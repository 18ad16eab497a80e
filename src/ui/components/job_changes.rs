//! Retrying and discarding jobs from a page: asked before, done in batches, told in the end.

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api::discard_jobs::discard_jobs;
use crate::api::failure::Failure;
use crate::api::jobs_page::jobs_page;
use crate::api::retry_jobs::retry_jobs;
use crate::model::job::{JobId, JobRecord, JobState};
use crate::model::job_list::{JobList, JobsChanged};
use crate::ui::components::confirmation::{Confirmed, Question};
use crate::ui::components::live_page::Frame;
use crate::ui::errands::Errands;

/// What a page says when a form without a script came back refused.
pub const REFUSED: &str = "That cannot be done with the job as it stands, and nothing was changed.";

/// What is done with jobs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// Try them again.
    Retry,
    /// Do not do them.
    Discard,
}

impl Verb {
    /// The verb, as a button begins.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Retry => "Retry",
            Self::Discard => "Discard",
        }
    }

    /// Where its form posts to.
    pub const fn path(self) -> &'static str {
        match self {
            Self::Retry => "/fn/retry_jobs",
            Self::Discard => "/fn/discard_jobs",
        }
    }

    const fn participle(self) -> &'static str {
        match self {
            Self::Retry => "retried",
            Self::Discard => "discarded",
        }
    }

    /// Whether it can be done with a job in that state.
    pub const fn fits(self, state: JobState) -> bool {
        match self {
            Self::Retry => matches!(state, JobState::Retrying | JobState::Dead),
            Self::Discard => matches!(state, JobState::Waiting | JobState::Retrying | JobState::Dead),
        }
    }

    const fn effect(self) -> &'static str {
        match self {
            Self::Retry => "Dead jobs begin anew with all their attempts; those that wait for the next one go at once.",
            Self::Discard => "Jobs that wait end as dead, with your name; dead ones leave the list.",
        }
    }
}

/// How it ended that was not broken off by a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ended {
    /// With all of them.
    Done,
    /// Somebody closed the dialog meanwhile.
    TakenBack,
}

/// With which jobs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Which {
    /// One of them.
    One(Box<JobRecord>),
    /// Those that are ticked.
    Ticked(Vec<JobId>),
    /// All dead ones.
    AllDead {
        /// Of this service; of all services if empty.
        service: String,
        /// How many they are.
        count: usize,
    },
}

impl Which {
    fn words(&self) -> String {
        match self {
            Self::One(job) => format!("the job about {}", job.subject),
            Self::Ticked(ids) => jobs(ids.len()),
            Self::AllDead { service, count } if service.is_empty() => format!("all dead jobs ({count})"),
            Self::AllDead { service, count } => format!("all dead jobs of {service} ({count})"),
        }
    }

    fn count(&self) -> usize {
        match self {
            Self::One(_) => 1,
            Self::Ticked(ids) => ids.len(),
            Self::AllDead { count, .. } => *count,
        }
    }
}

/// Asks whether to do it, and does it then.
pub fn ask(frame: Frame, verb: Verb, which: Which) {
    let (words, count) = (which.words(), which.count());
    let act = move || {
        Callback::new(move |confirmed: Confirmed| {
            let which = which.clone();
            spawn_local(async move {
                let mut result = JobsChanged::default();
                let ended = carry_out(&confirmed, verb, &which, &mut result).await;
                confirmed.close();
                tell(frame.errands, verb, which, &result, ended);
                frame.live.news.moved_jobs();
            });
        })
    };
    frame.dialog.ask(move || Question {
        title: format!("{} {words}?", verb.word()),
        body: Signal::stored(format!("{}. {}", jobs(count), verb.effect())),
        button: format!("{} {words}", verb.word()),
        is_destructive: verb == Verb::Discard,
        wants_reason: true,
        act: act(),
    });
}

/// Does it, as long as nobody takes the question back.
async fn carry_out(
    confirmed: &Confirmed,
    verb: Verb,
    which: &Which,
    result: &mut JobsChanged,
) -> Result<Ended, Failure> {
    let reason = &confirmed.reason;
    let service = match which {
        Which::One(job) => return change(verb, vec![job.id.clone()], reason, result).await,
        Which::Ticked(ids) => return change(verb, ids.clone(), reason, result).await,
        Which::AllDead { service, .. } => service,
    };
    // From the newest to the oldest; whatever dies meanwhile is newer and not meant.
    let mut cursor = String::new();
    loop {
        let page = jobs_page(service.clone(), JobList::Dead.name().to_owned(), String::new(), cursor).await?;
        let ids: Vec<JobId> = page.jobs.into_iter().map(|job| job.id).collect();
        if !ids.is_empty() {
            if !confirmed.stands() {
                return Ok(Ended::TakenBack);
            }
            change(verb, ids, reason, result).await?;
        }
        confirmed.show_progress(result.changed.len() + result.refused.len(), which.count());
        match page.next {
            Some(next) => cursor = next,
            None => return Ok(Ended::Done),
        }
    }
}

async fn change(verb: Verb, ids: Vec<JobId>, reason: &str, result: &mut JobsChanged) -> Result<Ended, Failure> {
    let changed = match verb {
        Verb::Retry => retry_jobs(ids, reason.to_owned()).await,
        Verb::Discard => discard_jobs(ids, reason.to_owned()).await,
    }?;
    result.request_id = changed.request_id;
    result.changed.extend(changed.changed);
    result.refused.extend(changed.refused);
    Ok(Ended::Done)
}

/// What was done, or what was not and why; then it can be asked for again, of those with which it was not.
fn tell(errands: Errands, verb: Verb, which: Which, result: &JobsChanged, ended: Result<Ended, Failure>) {
    let text = words(verb, result, &ended);
    if result.refused.is_empty() && ended.is_ok() {
        return errands.toasts.done(text);
    }
    let left = left(which, result, ended != Ok(Ended::Done));
    let again = move |page| ask(page, verb, left.clone());
    // Of several requests the one that failed, or else the last.
    let request = ended.map_or_else(|failure| failure.request_id, |_| Some(result.request_id.clone()));
    errands.failed(text, request, again);
}

fn words(verb: Verb, result: &JobsChanged, ended: &Result<Ended, Failure>) -> String {
    let begin = if *ended == Ok(Ended::TakenBack) { "Stopped after " } else { "" };
    let text = format!("{begin}{} {}", jobs(result.changed.len()), verb.participle());
    match (result.refused.first(), ended) {
        (Some(first), _) => format!("{text}, {} could not be: {}", result.refused.len(), first.reason),
        (None, Err(failure)) => format!("{text}, then: {failure}"),
        (None, Ok(_)) => text + ".",
    }
}

/// With which jobs it was not done.
fn left(which: Which, result: &JobsChanged, broke_off: bool) -> Which {
    match which {
        Which::Ticked(ids) => Which::Ticked(ids.into_iter().filter(|id| !result.changed.contains(id)).collect()),
        Which::AllDead { .. } if !broke_off => {
            Which::Ticked(result.refused.iter().map(|refusal| refusal.id.clone()).collect())
        }
        Which::AllDead { service, count } => {
            Which::AllDead { service, count: count.saturating_sub(result.changed.len()) }
        }
        one => one,
    }
}

/// A number of jobs in words.
pub fn jobs(count: usize) -> String {
    format!("{count} {}", if count == 1 { "job" } else { "jobs" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::error::ApiError;
    use crate::model::job_list::JobRefusal;

    #[test]
    fn what_came_of_it_is_told_with_its_count() {
        let id = |text: &str| JobId(text.to_owned());
        let two = JobsChanged { changed: vec![id("a"), id("b")], ..JobsChanged::default() };
        assert_eq!(words(Verb::Discard, &two, &Ok(Ended::Done)), "2 jobs discarded.");
        assert_eq!(words(Verb::Discard, &two, &Ok(Ended::TakenBack)), "Stopped after 2 jobs discarded.");
        let failure = Failure::from(ApiError::Unavailable);
        assert_eq!(
            words(Verb::Retry, &two, &Err(failure)),
            "2 jobs retried, then: The service is unavailable; try again in a moment."
        );
        let refused = vec![JobRefusal { id: id("c"), reason: "Job c is done.".to_owned() }];
        let one_not = JobsChanged { refused, ..two };
        assert_eq!(words(Verb::Retry, &one_not, &Ok(Ended::Done)), "2 jobs retried, 1 could not be: Job c is done.");
    }

    #[test]
    fn what_is_left_is_that_with_which_it_was_not_done() {
        let id = |text: &str| JobId(text.to_owned());
        let result = JobsChanged { changed: vec![id("a")], ..JobsChanged::default() };
        assert_eq!(left(Which::Ticked(vec![id("a"), id("b")]), &result, true), Which::Ticked(vec![id("b")]));
        let all = Which::AllDead { service: String::new(), count: 5 };
        assert_eq!(left(all, &result, true), Which::AllDead { service: String::new(), count: 4 });
    }
}
