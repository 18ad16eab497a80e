//! Retrying and discarding jobs from a page: asked before, done in batches, told in the end.

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api::discard_jobs::discard_jobs;
use crate::api::failure::Failure;
use crate::api::jobs_page::jobs_page;
use crate::api::retry_jobs::retry_jobs;
use crate::model::job::{JobId, JobRecord, JobState};
use crate::model::job_list::{JobList, JobsChanged};
use crate::ui::components::confirmation::{Confirmation, Question};
use crate::ui::components::live_page::Frame;

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
pub fn ask(frame: Frame, dialog: Confirmation, verb: Verb, which: Which) {
    let words = which.words();
    let act = move || {
        Callback::new(move |_| {
            let which = which.clone();
            spawn_local(async move {
                let mut result = JobsChanged::default();
                let ended = carry_out(dialog, verb, &which, &mut result).await;
                dialog.close();
                tell(frame, dialog, verb, which, &result, ended.err());
                frame.live.news.jobs_moved();
            });
        })
    };
    dialog.ask(move || Question {
        title: format!("{} {words}?", verb.word()),
        body: Signal::stored(verb.effect().to_owned()),
        button: format!("{} {words}", verb.word()),
        is_destructive: verb == Verb::Discard,
        wants_reason: false,
        act: act(),
    });
}

async fn carry_out(dialog: Confirmation, verb: Verb, which: &Which, result: &mut JobsChanged) -> Result<(), Failure> {
    let service = match which {
        Which::One(job) => return change(verb, vec![job.id.clone()], result).await,
        Which::Ticked(ids) => return change(verb, ids.clone(), result).await,
        Which::AllDead { service, .. } => service,
    };
    // From the newest to the oldest; whatever dies meanwhile is newer and not meant.
    let mut cursor = String::new();
    loop {
        let page = jobs_page(service.clone(), JobList::Dead.name().to_owned(), String::new(), cursor).await?;
        let ids: Vec<JobId> = page.jobs.into_iter().map(|job| job.id).collect();
        if !ids.is_empty() {
            change(verb, ids, result).await?;
        }
        dialog.show_progress(result.changed.len() + result.refused.len(), which.count());
        match page.next {
            Some(next) => cursor = next,
            None => return Ok(()),
        }
    }
}

async fn change(verb: Verb, ids: Vec<JobId>, result: &mut JobsChanged) -> Result<(), Failure> {
    let changed = match verb {
        Verb::Retry => retry_jobs(ids).await,
        Verb::Discard => discard_jobs(ids).await,
    }?;
    result.request_id = changed.request_id;
    result.changed.extend(changed.changed);
    result.refused.extend(changed.refused);
    Ok(())
}

/// What was done, or what was not and why; then it can be asked for again, of those with which it was not.
fn tell(frame: Frame, dialog: Confirmation, verb: Verb, which: Which, result: &JobsChanged, failure: Option<Failure>) {
    let mut text = format!("{} {}", jobs(result.changed.len()), verb.participle());
    if let Some(first) = result.refused.first() {
        text += &format!(", {} could not be: {}", result.refused.len(), first.reason);
    } else if let Some(failure) = &failure {
        text += &format!(", then: {failure}");
    } else {
        text.push('.');
        return frame.toasts.done(text);
    }
    let left = left(which, result, failure.is_some());
    let again = move || ask(frame, dialog, verb, left.clone());
    // Of several requests the one that failed, or else the last.
    let request = failure.map_or_else(|| Some(result.request_id.clone()), |failure| failure.request_id);
    frame.toasts.failed(text, request, again);
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
