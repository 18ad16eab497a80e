//! Who did what: written down before it takes effect, completed when it has ended.
//!
//! An intent is written by the very script that does the thing, as its first write: where it cannot be written, the thing
//! is not done. This room makes up the rest: attempts that were refused, and reading.

pub mod csv;
pub mod reading;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use redis::streams::{StreamId, StreamRangeReply};
use redis::{AsyncCommands, Script};

use crate::api::error::ApiError;
use crate::model::audit::{Action, AuditRecord, Intent, Outcome, Verdict};
use crate::model::audit_list::{AuditPage, Standing};
use crate::model::event::EntryId;
use crate::model::service::ServiceId;
use crate::server::redis::{Redis, keys, scripts};

/// Attempts kept of people who are not known; the oldest ones give way.
const ANONYMOUS_KEPT: u64 = 1_000;

/// Refused attempts of one person that have a record each, and how long until they are counted anew.
const REFUSALS_KEPT: u64 = 100;
const REFUSALS_COUNTED_FOR: Duration = Duration::from_secs(3_600);

/// Records looked through in one go.
const BATCH: usize = 500;

/// Records looked through for one answer: a question that hardly any record fits costs no more than that.
const MOST_LOOKED_THROUGH: usize = 10_000;

/// The audit could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// Redis did not answer, or refused.
    #[error("the audit: {0}")]
    Redis(#[from] redis::RedisError),
    /// An intent has no JSON form, or what is kept cannot be read.
    #[error("the audit is damaged: {0}")]
    Damaged(#[from] serde_json::Error),
}

/// Which of the two logs of attempts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Whose {
    /// Those of people who are known.
    #[default]
    Known,
    /// Those of people who are not.
    Anonymous,
}

/// Which records to read: those that fit in every respect given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Which log.
    pub whose: Whose,
    /// By whom.
    pub actor: Option<String>,
    /// What was done.
    pub action: Option<Action>,
    /// Where it stands.
    pub standing: Option<Standing>,
    /// Part of the target's name or of a parameter.
    pub target: Option<String>,
    /// The service that is the target.
    pub service: Option<ServiceId>,
    /// Not before that moment, in ms since the Unix epoch by Redis's clock.
    pub from: Option<u64>,
    /// Before that moment.
    pub to: Option<u64>,
}

/// Part of a log.
#[derive(Default)]
struct Batch {
    /// What can be read of it.
    found: Vec<AuditRecord>,
    /// Where it ends.
    oldest: Option<EntryId>,
    /// How many entries it has, readable or not.
    entries: usize,
}

/// The audit. Cloning it shares the connection.
#[derive(Clone)]
pub struct Audit {
    redis: Redis,
    note: Arc<Script>,
}

impl Audit {
    /// The audit kept in that Redis.
    pub fn new(redis: Redis) -> Self {
        Self { redis, note: Arc::new(Script::new(scripts::AUDIT_NOTE)) }
    }

    /// Writes down an attempt of somebody known, together with what came of it. Of very many refused ones the rest is counted
    /// only.
    pub async fn note(&self, intent: &Intent, verdict: Verdict, message: &str) -> Result<(), AuditError> {
        let mut call = self.note.key(keys::AUDIT);
        call.key(keys::AUDIT_OUTCOMES).arg(written(intent)?).arg(verdict.name()).arg(message);
        if let (Verdict::Refused, Some(actor)) = (verdict, &intent.actor) {
            call.key(keys::audit_refusals(actor));
        }
        call.arg(REFUSALS_KEPT).arg(REFUSALS_COUNTED_FOR.as_secs());
        Ok(call.invoke_async::<Option<String>>(&mut self.redis.commands()).await.map(drop)?)
    }

    /// Writes down an attempt that was refused. Nothing depends on it: whoever is refused is refused either way.
    pub async fn refused(&self, intent: Intent, why: &str) {
        let written = if intent.actor.is_some() {
            self.note(&intent, Verdict::Refused, why).await
        } else {
            self.note_anonymous(&intent, why).await
        };
        if let Err(error) = written {
            tracing::warn!(%error, audit.action = %intent.action, "a refused attempt is missing from the audit");
        }
    }

    /// The same for a refusal that whoever asked is answered with.
    pub async fn refuse(&self, intent: Intent, refusal: ApiError) -> ApiError {
        self.refused(intent, &refusal.to_string()).await;
        refusal
    }

    async fn note_anonymous(&self, intent: &Intent, why: &str) -> Result<(), AuditError> {
        let mut add = redis::cmd("XADD");
        add.arg(keys::AUDIT_ANONYMOUS).arg("MAXLEN").arg("~").arg(ANONYMOUS_KEPT).arg("*");
        add.arg("intent").arg(written(intent)?).arg("why").arg(why);
        Ok(add.query_async::<String>(&mut self.redis.commands()).await.map(drop)?)
    }

    /// The newest records that fit, older than `before` if that is given, `limit` at most. It may be fewer although older
    /// ones fit, where so many do not; `next` then says how far the search came.
    pub async fn read(&self, filter: &Filter, before: Option<EntryId>, limit: usize) -> Result<AuditPage, AuditError> {
        let until = filter.to.map(|milliseconds| EntryId { milliseconds, sequence: 0 });
        let mut end = before.into_iter().chain(until).min().map_or_else(|| "+".to_owned(), |end| format!("({end}"));
        let start = filter.from.map_or_else(|| "-".to_owned(), |from| from.to_string());
        let size = if filter.takes_all() { BATCH.min(limit + 1) } else { BATCH };
        let mut records: Vec<AuditRecord> = Vec::new();
        let mut looked_through = 0;
        loop {
            let Batch { found, oldest, entries } = self.batch(filter.whose, &end, &start, size).await?;
            looked_through += entries;
            let oldest = oldest.filter(|_| entries == size);
            for record in found.into_iter().filter(|record| filter.fits(record)) {
                if records.len() == limit {
                    let next = records.last().map(|record| record.id);
                    return Ok(AuditPage { records, next });
                }
                records.push(record);
            }
            match oldest {
                Some(oldest) if looked_through < MOST_LOOKED_THROUGH => end = format!("({oldest}"),
                next => return Ok(AuditPage { records, next }),
            }
        }
    }

    async fn batch(&self, whose: Whose, end: &str, start: &str, size: usize) -> Result<Batch, AuditError> {
        let log = match whose {
            Whose::Known => keys::AUDIT,
            Whose::Anonymous => keys::AUDIT_ANONYMOUS,
        };
        let mut commands = self.redis.commands();
        let range: StreamRangeReply = commands.xrevrange_count(log, end, start, size).await?;
        let Some(oldest) = range.ids.last() else { return Ok(Batch::default()) };
        let oldest = Some(id_of(oldest)?);
        let entries = range.ids.len();
        if whose == Whose::Anonymous {
            let found = range.ids.iter().filter_map(|entry| readable(entry, refused_record(entry))).collect();
            return Ok(Batch { found, oldest, entries });
        }
        let ids: Vec<&str> = range.ids.iter().map(|entry| entry.id.as_str()).collect();
        let outcomes: Vec<Option<String>> = commands.hmget(keys::AUDIT_OUTCOMES, &ids).await?;
        let entries_with = range.ids.iter().zip(outcomes);
        let found =
            entries_with.filter_map(|(entry, outcome)| readable(entry, record(entry, outcome.as_deref()))).collect();
        Ok(Batch { found, oldest, entries })
    }
}

impl Filter {
    fn takes_all(&self) -> bool {
        let any = Self { whose: self.whose, from: self.from, to: self.to, ..Self::default() };
        *self == any
    }

    fn fits(&self, record: &AuditRecord) -> bool {
        let intent = &record.intent;
        let is_target = |part: &String| {
            intent.target.contains(part) || intent.parameters.values().any(|value| value.contains(part))
        };
        self.actor.as_ref().is_none_or(|actor| intent.actor.as_ref() == Some(actor))
            && self.action.is_none_or(|action| intent.action == action)
            && self.standing.is_none_or(|standing| Standing::of(record) == standing)
            && self.target.as_ref().is_none_or(is_target)
            && self.service.is_none_or(|service| intent.target == service.as_str())
    }
}

/// An intent as scripts take it.
pub fn written(intent: &Intent) -> Result<String, serde_json::Error> {
    serde_json::to_string(intent)
}

fn id_of(entry: &StreamId) -> Result<EntryId, AuditError> {
    Ok(entry.id.parse().map_err(<serde_json::Error as serde::de::Error>::custom)?)
}

/// Another version of this program may write what this one does not know, such as another action: that is passed over, and
/// does not hide the records around it.
fn readable(entry: &StreamId, record: Result<AuditRecord, AuditError>) -> Option<AuditRecord> {
    record
        .inspect_err(|error| tracing::error!(audit.entry = entry.id, %error, "a record of the audit is passed over"))
        .ok()
}

fn record(entry: &StreamId, outcome: Option<&str>) -> Result<AuditRecord, AuditError> {
    let id = id_of(entry)?;
    let intent = serde_json::from_str(&entry.get::<String>("intent").unwrap_or_default())?;
    Ok(AuditRecord { id, intent, outcome: outcome.and_then(|text| self::outcome(text, id)) })
}

/// An attempt of somebody who is not known: those alone are written down that were refused.
fn refused_record(entry: &StreamId) -> Result<AuditRecord, AuditError> {
    let message = entry.get("why").unwrap_or_default();
    let outcome = Outcome { verdict: Verdict::Refused, duration_ms: 0, message };
    Ok(AuditRecord { outcome: Some(outcome), ..record(entry, None)? })
}

/// Reads `<verdict> <ms> <message>`.
fn outcome(text: &str, id: EntryId) -> Option<Outcome> {
    let mut parts = text.splitn(3, ' ');
    let verdicts: HashMap<&str, Verdict> = Verdict::ALL.into_iter().map(|verdict| (verdict.name(), verdict)).collect();
    let verdict = *verdicts.get(parts.next()?)?;
    let ended_at: u64 = parts.next()?.parse().ok()?;
    let message = parts.next().unwrap_or_default().to_owned();
    Some(Outcome { verdict, duration_ms: ended_at.saturating_sub(id.milliseconds), message })
}
