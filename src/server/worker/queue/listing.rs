//! Jobs as people look for them: page by page where they are, by what they are about, and one with its history.

use std::collections::HashMap;

use futures::future::try_join_all;
use redis::AsyncCommands;
use uuid::Uuid;

use crate::model::event::EntryId;
use crate::model::job::{JobId, JobRecord};
use crate::model::job_history::JobDetail;
use crate::model::job_list::{JobList, LaneCounts};
use crate::model::service::BuiltIn;
use crate::server::redis::keys;
use crate::server::worker::queue::{Counts, DEAD_KEPT, Jobs, KEPT, QueueError, call, record};

/// What a script answers of each job: its position, its id and its record.
type Listed = (String, String, HashMap<String, String>);

/// Where a page ends and the next one begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    list: JobList,
    service: BuiltIn,
    position: Position,
}

/// A job's place in its list: the more urgent or the newer one is the lesser.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Position {
    /// An entry of a lane.
    Entry(EntryId),
    /// A time in ms, the earlier first, and the job's id.
    Due(u64, String),
    /// The same, the later first.
    Ended(std::cmp::Reverse<(u64, String)>),
}

/// A text is no cursor of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it must be one that an earlier page gave")]
pub struct InvalidCursor;

impl Position {
    fn parse(list: JobList, text: &str) -> Option<Self> {
        if matches!(list, JobList::Priority | JobList::Background) {
            return text.parse().ok().map(Self::Entry);
        }
        let (time, id) = text.split_once(' ')?;
        let (time, id) = (time.parse().ok()?, Uuid::try_parse(id).ok()?.to_string());
        Some(if list == JobList::Retrying { Self::Due(time, id) } else { Self::Ended(std::cmp::Reverse((time, id))) })
    }

    fn text(&self) -> String {
        match self {
            Self::Entry(entry) => entry.to_string(),
            Self::Due(time, id) | Self::Ended(std::cmp::Reverse((time, id))) => format!("{time} {id}"),
        }
    }

    /// The position after which a list goes on that includes this one.
    fn before(&self) -> String {
        match self {
            Self::Entry(EntryId { milliseconds, sequence: 0 }) => {
                EntryId { milliseconds: milliseconds.saturating_sub(1), sequence: u64::from(u32::MAX) }.to_string()
            }
            Self::Entry(EntryId { milliseconds, sequence }) => {
                EntryId { milliseconds: *milliseconds, sequence: sequence - 1 }.to_string()
            }
            // No two jobs have one id.
            other => other.text(),
        }
    }
}

impl Cursor {
    /// Reads what [`Cursor::text`] wrote.
    pub fn parse(text: &str) -> Result<Self, InvalidCursor> {
        let mut parts = text.splitn(3, ' ');
        let mut part = || parts.next().ok_or(InvalidCursor);
        let list: JobList = part()?.parse().map_err(|_| InvalidCursor)?;
        let name = part()?;
        let service = BuiltIn::ALL.into_iter().find(|service| service.name() == name).ok_or(InvalidCursor)?;
        Ok(Self { list, service, position: Position::parse(list, part()?).ok_or(InvalidCursor)? })
    }

    /// The cursor in an address.
    pub fn text(&self) -> String {
        format!("{} {} {}", self.list.name(), self.service.name(), self.position.text())
    }

    /// Where a service's part of the list goes on.
    fn after(&self, list: JobList, service: BuiltIn) -> String {
        let place = |service: BuiltIn| BuiltIn::ALL.iter().position(|known| *known == service);
        if self.list != list {
            String::new()
        } else if place(service) <= place(self.service) {
            self.position.text()
        } else {
            self.position.before()
        }
    }
}

impl Jobs {
    /// Jobs of these services in these lists, list by list, `most` at most, and where the next page begins. It costs one
    /// script for each list and service that is looked into, however many jobs there are.
    pub async fn list(
        &self,
        services: &[BuiltIn],
        lists: &[JobList],
        after: Option<&Cursor>,
        most: usize,
    ) -> Result<(Vec<JobRecord>, Option<Cursor>), QueueError> {
        let mut found: Vec<(Cursor, JobRecord)> = Vec::new();
        for list in lists.iter().copied().filter(|list| after.is_none_or(|after| after.list <= *list)) {
            // One more than fits tells whether there is a next page.
            let wanted = most + 1 - found.len();
            let parts = services.iter().map(|service| {
                let after = after.map(|after| after.after(list, *service)).unwrap_or_default();
                self.part(*service, list, after, wanted)
            });
            let mut jobs: Vec<_> = try_join_all(parts).await?.into_iter().flatten().collect();
            // Stable: of several services with one position, the order of the services holds.
            jobs.sort_by(|(one, _), (other, _)| one.position.cmp(&other.position));
            jobs.truncate(wanted);
            found.extend(jobs);
            if found.len() > most {
                break;
            }
        }
        let has_more = found.len() > most;
        found.truncate(most);
        let next = found.last().filter(|_| has_more).map(|(cursor, _)| cursor.clone());
        Ok((found.into_iter().map(|(_, job)| job).collect(), next))
    }

    async fn part(
        &self,
        service: BuiltIn,
        list: JobList,
        after: String,
        most: usize,
    ) -> Result<Vec<(Cursor, JobRecord)>, QueueError> {
        let kept = if list == JobList::Done { KEPT } else { DEAD_KEPT };
        let mut call = call(&self.scripts.list, service);
        call.arg(list.name()).arg(after).arg(most).arg(kept.as_secs());
        let listed: Vec<Listed> = call.invoke_async(&mut self.redis.commands()).await?;
        let read = |(position, id, fields): Listed| {
            let position = Position::parse(list, &position)?;
            Some((Cursor { list, service, position }, record::read(&JobId(id), fields)?))
        };
        Ok(listed.into_iter().filter_map(read).collect())
    }

    /// What is known of jobs by their own id, or by the number of the user or account that they are about: of each service
    /// the newest five about it, the newest first. Two round trips.
    pub async fn search(&self, services: &[BuiltIn], query: &str) -> Result<Vec<JobRecord>, QueueError> {
        if let Ok(id) = Uuid::try_parse(query) {
            let found = self.find(&JobId(id.to_string())).await?;
            let fits = |job: &JobRecord| services.iter().any(|service| service.id() == job.service);
            return Ok(found.into_iter().filter(fits).collect());
        }
        let mut ids = redis::pipe();
        for service in services {
            ids.hget(keys::jobs_about(*service), query);
        }
        let known: Vec<Option<String>> = ids.query_async(&mut self.redis.commands()).await?;
        let ids: Vec<JobId> =
            known.iter().flatten().flat_map(|ids| ids.split_whitespace()).map(|id| JobId(id.to_owned())).collect();
        let mut found: Vec<JobRecord> =
            try_join_all(ids.iter().map(|id| self.find(id))).await?.into_iter().flatten().collect();
        found.sort_by(|one, other| (other.created_at, &other.id.0).cmp(&(one.created_at, &one.id.0)));
        Ok(found)
    }

    /// A job with its history; `None` if no such job is kept.
    pub async fn detail(&self, id: &JobId) -> Result<Option<JobDetail>, QueueError> {
        if Uuid::try_parse(&id.0).is_err() {
            return Ok(None);
        }
        let fields: HashMap<String, String> = self.redis.commands().hgetall(keys::job(&id.0)).await?;
        let history = record::history(&fields);
        Ok(record::read(id, fields).map(|record| JobDetail { record, history }))
    }

    /// How many jobs each of our services has where.
    pub async fn lanes(&self) -> Result<Vec<LaneCounts>, QueueError> {
        Ok(self.movement().await?.lanes())
    }

    /// What differs whenever a job came, moved or ended. It costs the same however many there are.
    pub async fn movement(&self) -> Result<Movement, QueueError> {
        let counts = try_join_all(BuiltIn::ALL.map(|service| self.counts(service))).await?;
        let mut newest = redis::pipe();
        for service in BuiltIn::ALL {
            newest.zrevrange(keys::done_jobs(service), 0, 0).zrevrange(keys::dead_jobs(service), 0, 0);
        }
        let ended: Vec<Vec<String>> = newest.query_async(&mut self.redis.commands()).await?;
        Ok(Movement { counts, ended })
    }
}

/// Where all jobs are at one moment, to be held against another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Movement {
    counts: Vec<Counts>,
    /// The newest done and dead jobs.
    ended: Vec<Vec<String>>,
}

impl Movement {
    /// How many jobs each of our services has where.
    pub fn lanes(&self) -> Vec<LaneCounts> {
        let lanes = |(service, counts): (BuiltIn, &Counts)| LaneCounts {
            service: service.id(),
            priority: counts.priority,
            background: counts.background,
            running: counts.running,
            retrying: counts.retrying,
            dead: counts.dead,
        };
        BuiltIn::ALL.into_iter().zip(&self.counts).map(lanes).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0193f1a2-0000-7000-8000-000000000001";

    #[test]
    fn a_cursor_survives_being_written() {
        for text in [
            "priority balance-sync 1763900000000-3".to_owned(),
            format!("dead account-discovery 1763900000000 {ID}"),
            format!("retrying account-enrichment 1763900000000 {ID}"),
        ] {
            assert_eq!(Cursor::parse(&text).map(|cursor| cursor.text()), Ok(text));
        }
        for bad in ["", "dead", "dead balance-sync", "dead balance-sync 5-0", "dead mail 5 x", "all balance-sync 5-0"] {
            assert_eq!(Cursor::parse(bad), Err(InvalidCursor), "{bad}");
        }
    }

    #[test]
    fn of_two_services_with_one_position_the_second_goes_on_before_it() {
        let cursor = Cursor::parse("priority account-discovery 1763900000000-0").expect("a cursor");
        let after = BuiltIn::ALL.map(|service| cursor.after(JobList::Priority, service));
        assert_eq!(after, ["1763900000000-0", "1763900000000-0", "1763899999999-4294967295"]);
        assert_eq!(cursor.after(JobList::Background, BuiltIn::BalanceSync), "", "another list begins at its beginning");
    }
}
