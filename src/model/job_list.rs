//! Where jobs are, how many, and page by page.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::model::job::{JobId, JobRecord, JobState, Lane};
use crate::model::service::ServiceId;

/// A place where jobs are listed. Each job is in one of them at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum JobList {
    /// Being worked on.
    Running,
    /// Waiting for their next attempt.
    Retrying,
    /// Waiting in the priority lane.
    Priority,
    /// Waiting in the background lane.
    Background,
    /// Failed for good.
    Dead,
    /// Done lately.
    Done,
}

impl JobList {
    /// All of them, in the order in which the page shows them.
    pub const ALL: [Self; 6] =
        [Self::Running, Self::Retrying, Self::Priority, Self::Background, Self::Dead, Self::Done];

    /// The list that a job is in.
    pub const fn of(job: &JobRecord) -> Self {
        match (job.state, job.lane) {
            (JobState::Running, _) => Self::Running,
            (JobState::Retrying, _) => Self::Retrying,
            (JobState::Waiting, Lane::Priority) => Self::Priority,
            (JobState::Waiting, Lane::Background) => Self::Background,
            (JobState::Dead, _) => Self::Dead,
            (JobState::Done, _) => Self::Done,
        }
    }

    /// The list's name in the page's address.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Retrying => "retrying",
            Self::Priority => "priority",
            Self::Background => "background",
            Self::Dead => "dead",
            Self::Done => "done",
        }
    }
}

/// A text names no list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it must be 'running', 'retrying', 'priority', 'background', 'dead' or 'done'")]
pub struct InvalidJobList;

impl FromStr for JobList {
    type Err = InvalidJobList;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|list| list.name() == text).ok_or(InvalidJobList)
    }
}

/// How many jobs of one service are where: part of `event: jobs`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LaneCounts {
    /// Which service.
    pub service: ServiceId,
    /// Waiting in the priority lane.
    pub priority: u64,
    /// Waiting in the background lane.
    pub background: u64,
    /// Being worked on.
    pub running: u64,
    /// Waiting for their next attempt.
    pub retrying: u64,
    /// Failed for good, as far as they are listed.
    pub dead: u64,
}

impl LaneCounts {
    /// How many are in that list; done ones are not counted.
    pub const fn of(&self, list: JobList) -> Option<u64> {
        match list {
            JobList::Running => Some(self.running),
            JobList::Retrying => Some(self.retrying),
            JobList::Priority => Some(self.priority),
            JobList::Background => Some(self.background),
            JobList::Dead => Some(self.dead),
            JobList::Done => None,
        }
    }
}

/// `event: jobs`: a job of some service came, moved or ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lanes {
    /// How many jobs each service has where.
    pub lanes: Vec<LaneCounts>,
}

/// One page of jobs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct JobsPage {
    /// The jobs, the most urgent or the newest first.
    pub jobs: Vec<JobRecord>,
    /// Where the next page begins; `None` on the last one.
    pub next: Option<String>,
    /// How many jobs each service has where.
    pub lanes: Vec<LaneCounts>,
}

/// What came of retrying or discarding jobs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct JobsChanged {
    /// Under which the audit has it.
    pub request_id: String,
    /// The jobs with which it was done.
    pub changed: Vec<JobId>,
    /// The others.
    pub refused: Vec<JobRefusal>,
}

/// Why something was not done with a job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobRefusal {
    /// Which job.
    pub id: JobId,
    /// Why not, as a sentence.
    pub reason: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_have_the_names_of_the_address() {
        for list in JobList::ALL {
            assert_eq!(list.name().parse(), Ok(list));
            assert_eq!(serde_json::to_string(&list).expect("JSON"), format!("\"{}\"", list.name()));
        }
        assert_eq!("waiting".parse::<JobList>(), Err(InvalidJobList));
    }

    #[test]
    fn the_event_names_each_service_with_its_counts() {
        let json =
            r#"{"lanes":[{"service":"balance-sync","priority":1,"background":2,"running":3,"retrying":4,"dead":5}]}"#;
        let lanes: Lanes = serde_json::from_str(json).expect("counts");
        assert_eq!(
            JobList::ALL.map(|list| lanes.lanes[0].of(list)),
            [Some(3), Some(4), Some(1), Some(2), Some(5), None]
        );
        assert_eq!(serde_json::to_string(&lanes).expect("JSON"), json);
    }
}
