//! What services say line by line: heard on `service:logs`, kept in Redis, carried to open streams.
//!
//! A line goes from the [`ear`](ear) of the one instance that is the [`keeper`] through the [`door`] into capped streams of
//! Redis; every instance follows those ([`tail`]) and hands new lines to its [`readers`]. It is a way of its own, beside
//! that of statuses: connections, scripts and ring are others, so that no flood of lines delays a status.

pub mod door;
mod ear;
pub mod keeper;
pub mod own;
pub mod readers;
pub mod stored;
pub mod tail;
pub mod text;

use crate::api::error::ApiError;
use crate::model::event::{EntryId, EventId};
use crate::model::log::{Level, LogLine, LogPage, LogQuestion, Logged};
use crate::model::service::ServiceId;
use crate::server::logs::readers::{LineReader, Readers};
use crate::server::logs::stored::{Kept, Stored, StoredError};

/// How many lines a page and a stream begin with.
pub const LATEST: usize = 200;

/// How many lines somebody who comes back gets at most of what was said meanwhile.
const MOST_MISSED: usize = 2_000;

/// Which lines somebody wants.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Of that service alone.
    pub service: Option<ServiceId>,
    /// Of that level and above.
    pub least: Level,
    /// Only lines that hold this text, which is in lower case; streams leave that to the page.
    pub text: String,
}

/// Lines, kept and new. Cloning it shares it.
#[derive(Clone)]
pub struct Logs {
    /// What is kept.
    pub stored: Stored,
    /// Who is told of new ones.
    pub readers: Readers,
}

impl Filter {
    /// Reads what is asked for; 422 for a field that breaks a rule.
    pub fn asked(question: &LogQuestion) -> Result<Self, ApiError> {
        let invalid = |field: &str, rule: String| ApiError::Invalid { field: field.to_owned(), rule };
        let (service, level) = (question.service.trim(), question.level.trim());
        let service = (!service.is_empty()).then(|| ServiceId::parse(service)).transpose();
        let levels = || format!("it must be one of {}", Level::ALL.map(Level::name).join(", "));
        Ok(Self {
            service: service.map_err(|error| invalid("service", error.to_string()))?,
            least: if level.is_empty() {
                Level::default()
            } else {
                Level::named(level).ok_or_else(|| invalid("level", levels()))?
            },
            text: question.q.trim().to_lowercase(),
        })
    }

    /// Whether it leaves out nothing of the stream in which its lines are kept: that of its service, or that of all.
    pub fn is_for_all_of_its_stream(&self) -> bool {
        self.least == Level::default() && self.text.is_empty()
    }

    /// Whether lines of that service and level are wanted.
    pub fn wants(&self, service: ServiceId, level: Level) -> bool {
        level >= self.least && self.service.is_none_or(|wanted| wanted == service)
    }
}

impl Logs {
    /// The latest lines for whoever opens a page: so many at `most`, and never more than [`LATEST`].
    pub async fn page(&self, question: &LogQuestion, most: Option<usize>) -> Result<LogPage, ApiError> {
        let filter = Filter::asked(question)?;
        let read = async {
            let kept = self.stored.latest(&filter, None, most.unwrap_or(LATEST).min(LATEST)).await?;
            let epoch = self.stored.look().await?.epoch;
            let newest = kept.iter().rev().find_map(Kept::line_id);
            let position = newest.map(|entry| EventId { epoch, entry });
            let lines = kept.into_iter().filter_map(Kept::read).collect();
            Ok(LogPage { lines, position, services: self.stored.services().await? })
        };
        read.await.map_err(unavailable)
    }

    /// All lines that are kept, oldest first.
    pub async fn all(&self, question: &LogQuestion) -> Result<Vec<Logged>, ApiError> {
        let filter = Filter::asked(question)?;
        let kept = self.stored.latest(&filter, None, usize::MAX).await.map_err(unavailable)?;
        Ok(kept.into_iter().filter_map(Kept::read).collect())
    }

    /// A new reader, which begins with what was said since it was here, or with the latest lines.
    pub async fn follow(&self, filter: Filter, after: Option<EventId>) -> Result<LineReader, ApiError> {
        // First the place in the ring, then what is kept up to the same place: nothing is missed and nothing comes twice.
        let (mut reader, position) = self.readers.subscribe(filter.clone()).ok_or(ApiError::Unavailable)?;
        let opening = self.opening(&filter, after, &position).await.map_err(unavailable)?;
        reader.begin_with(&position.epoch, opening);
        Ok(reader)
    }

    async fn opening(
        &self,
        filter: &Filter,
        after: Option<EventId>,
        position: &EventId,
    ) -> Result<Vec<Kept>, StoredError> {
        let unknown_gap = Kept::Dropped { entry: EntryId::default(), n: 0 };
        let Some(after) = after else { return self.stored.latest(filter, Some(position.entry), LATEST).await };
        let is_whole = after.epoch == position.epoch;
        let (mut missed, is_found) = self.stored.since(filter, after.entry, position.entry, MOST_MISSED).await?;
        if !is_found {
            missed = self.stored.latest(filter, Some(position.entry), LATEST).await?;
        }
        if !is_found || !is_whole {
            missed.insert(0, unknown_gap);
        }
        Ok(missed)
    }
}

fn unavailable(error: StoredError) -> ApiError {
    tracing::warn!(error = %error, "lines of services cannot be read");
    ApiError::Unavailable
}

/// A line as it is kept; nothing if it is none that this program can read.
fn line(json: &str) -> Option<LogLine> {
    serde_json::from_str(json).ok()
}
