//! What services reported, as far back as it is kept: page by page for scripts, reduced for charts.

pub mod events;

use std::time::Duration;

use redis::RedisResult;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::model::event::{EntryId, ServiceView, StatusMessage};
use crate::model::lenient;
use crate::model::service::ServiceId;
use crate::model::status::DEFAULT_REPORT_EVERY_MS;
use crate::model::timeline::{Seen, TimeRange, Timeline, queues_of};
use crate::server::event_log::logged_status;
use crate::server::redis::{Redis, keys};

/// Entries read in one go. Each may have 64 KiB, and whatever else is asked of Redis waits meanwhile.
const BATCH: usize = 250;

/// An answer for scripts ends once it has so many bytes.
const MOST_PER_PAGE: usize = 8 * 1024 * 1024;

/// For a chart no more bytes are read than that.
const MOST_PER_CHART: usize = 64 * 1024 * 1024;

/// The history of all services. Cloning it shares the connection.
#[derive(Clone)]
pub struct History {
    redis: Redis,
    kept: Duration,
}

/// Reports, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HistoryPage {
    /// The reports, each with its entry and when Redis took it in.
    pub entries: Vec<StatusMessage>,
    /// Where there are older ones: the `to` that leads to them.
    pub next: Option<u64>,
}

/// A report as it is kept.
struct Kept {
    seen: u64,
    entry: EntryId,
    message: String,
}

/// What a chart needs of a report.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Report {
    status: Map<String, Value>,
    #[serde(default, deserialize_with = "lenient::whole_number_or_null")]
    report_every: Option<u64>,
}

impl History {
    /// The history in that Redis, of which nothing older than `kept` counts.
    pub fn new(redis: Redis, kept: Duration) -> Self {
        Self { redis, kept }
    }

    /// The reports of a service from `from` on and before `to`, both in ms by Redis's clock, when it is `now`: the newest,
    /// `limit` of them. There may be a few more, since those of one ms stay together, and fewer where they are large.
    pub async fn page(
        &self,
        service: ServiceId,
        (from, to): (Option<u64>, Option<u64>),
        limit: usize,
        now: u64,
    ) -> RedisResult<HistoryPage> {
        let from = from.unwrap_or(0).max(self.oldest(now));
        let mut page = HistoryPage { entries: Vec::new(), next: to };
        let mut bytes = 0;
        while page.entries.len() < limit && bytes < MOST_PER_PAGE {
            let size = BATCH.min(limit - page.entries.len());
            let (batch, next) = self.batch(service, page.next, from, size).await?;
            bytes += batch.iter().map(|kept| kept.message.len()).sum::<usize>();
            page.entries.extend(batch.into_iter().filter_map(read));
            page.next = next;
            if next.is_none() {
                break;
            }
        }
        Ok(page)
    }

    /// A service's history over a range that ends `now`, in ms by Redis's clock; `view` is what is known of it now. It
    /// begins later where there is more of it than is read for one chart.
    pub async fn timeline(&self, view: &ServiceView, range: TimeRange, now: u64) -> RedisResult<Timeline> {
        let status = view.status.fields();
        let mut timeline = Timeline::new(range, now, queues_of(&status));
        let start = timeline.start().max(self.oldest(now));
        let mut reports = Vec::new();
        let (mut to, mut bytes) = (None, 0);
        while bytes < MOST_PER_CHART {
            let (batch, next) = self.batch(view.id, to, start, BATCH).await?;
            for kept in batch {
                bytes += kept.message.len();
                reports.extend(report(&kept.message, kept.seen, timeline.queues()));
            }
            to = next;
            if next.is_none() {
                // How it began is said by the report before.
                let (before, _) = self.batch(view.id, Some(start), self.oldest(now), 1).await?;
                reports.extend(before.first().and_then(|kept| report(&kept.message, kept.seen, timeline.queues())));
                break;
            }
        }
        for report in reports.into_iter().rev() {
            timeline.take(report);
        }
        if let Some(seen) = view.last_seen {
            timeline.take(Seen::of(&status, &queues_of(&status), seen, view.report_every));
        }
        Ok(timeline)
    }

    /// When what counts begins, in ms by Redis's clock: a service that says nothing more never trims what it said.
    fn oldest(&self, now: u64) -> u64 {
        now.saturating_sub(u64::try_from(self.kept.as_millis()).unwrap_or(u64::MAX))
    }

    /// The newest `size` entries before `to` and from `from` on, and all others of the ms in which the oldest of them came;
    /// then that ms, if there are older ones.
    async fn batch(
        &self,
        service: ServiceId,
        to: Option<u64>,
        from: u64,
        size: usize,
    ) -> RedisResult<(Vec<Kept>, Option<u64>)> {
        let key = keys::history(service);
        let newest = to.map_or_else(|| "+inf".to_owned(), |to| format!("({to}"));
        let mut commands = self.redis.commands();
        let mut ask = redis::cmd("ZREVRANGEBYSCORE");
        ask.arg(&key).arg(newest).arg(from).arg("WITHSCORES").arg("LIMIT").arg(0).arg(size);
        let mut found: Vec<(String, f64)> = ask.query_async(&mut commands).await?;
        let oldest = found.last().map(|(_, score)| *score as u64).filter(|_| found.len() >= size);
        let mut next = None;
        if let Some(oldest) = oldest {
            let mut ask = redis::pipe();
            ask.cmd("ZREVRANGEBYSCORE").arg(&key).arg(oldest).arg(oldest).arg("WITHSCORES");
            ask.cmd("ZCOUNT").arg(&key).arg(from).arg(format!("({oldest}"));
            let (together, older): (Vec<(String, f64)>, u64) = ask.query_async(&mut commands).await?;
            found.retain(|(_, score)| *score as u64 > oldest);
            found.extend(together);
            next = (older > 0).then_some(oldest);
        }
        // Anyone may write under this key: what is no entry of the log is passed over.
        let mut batch: Vec<Kept> = found.iter().filter_map(|(member, score)| kept(member, *score)).collect();
        batch.sort_by_key(|kept| std::cmp::Reverse((kept.seen, kept.entry)));
        Ok((batch, next))
    }
}

fn kept(member: &str, score: f64) -> Option<Kept> {
    let (entry, message) = member.split_once(' ')?;
    Some(Kept { seen: score as u64, entry: entry.parse().ok()?, message: message.to_owned() })
}

fn read(kept: Kept) -> Option<StatusMessage> {
    logged_status(kept.entry, &kept.seen.to_string(), &kept.message).ok()
}

fn report(message: &str, seen: u64, queues: &[String]) -> Option<Seen> {
    let report: Report = serde_json::from_str(message).ok()?;
    Some(Seen::of(&report.status, queues, seen, report.report_every.unwrap_or(DEFAULT_REPORT_EVERY_MS)))
}
