//! What was refused at the door: how much, and the last of it.

use redis::AsyncCommands;

use crate::model::administration::Sample;
use crate::model::letters::is_unseen;
use crate::server::event_log::{EventLog, EventLogError, decoded};
use crate::server::redis::keys;

impl EventLog {
    /// How many messages were refused at the door so far, over all instances.
    pub async fn rejected_count(&self) -> Result<u64, EventLogError> {
        let count: Option<u64> =
            redis::cmd("HGET").arg(keys::COUNTERS).arg("rejected").query_async(&mut self.redis.commands()).await?;
        Ok(count.unwrap_or(0))
    }

    /// The last messages that were refused, the newest first. Control characters in them are spelled out. One that cannot be
    /// read is passed over.
    pub async fn samples(&self) -> Result<Vec<Sample>, EventLogError> {
        let kept: Vec<String> = self.redis.commands().lrange(keys::REJECTED, 0, -1).await?;
        let unreadable =
            |error: &EventLogError| tracing::error!(%error, "a sample of a refused message is passed over");
        Ok(kept.iter().filter_map(|kept| decoded(kept).inspect_err(unreadable).ok()).map(spelled_out).collect())
    }
}

fn spelled_out(sample: Sample) -> Sample {
    let Sample { at, channel, error, sample } = sample;
    Sample { at, channel: visible(&channel), error: visible(&error), sample: visible(&sample) }
}

/// Nothing that breaks a line, turns its order, or cannot stand in a page.
fn visible(text: &str) -> String {
    let is_seen = |letter: char| !is_unseen(letter);
    if text.chars().all(is_seen) {
        return text.to_owned();
    }
    text.chars().fold(String::with_capacity(text.len() + 16), |mut told, letter| {
        if is_seen(letter) {
            told.push(letter)
        } else {
            told.extend(letter.escape_default())
        }
        told
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen_is_spelled_out() {
        assert_eq!(visible("<b>é</b>"), "<b>é</b>");
        assert_eq!(visible("a\0b\r\n\u{202e}c"), r"a\u{0}b\r\n\u{202e}c");
    }
}
