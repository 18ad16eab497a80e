//! What is heard on a connection of subscriptions: whether it is alive, and what was published.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use redis::{PushInfo, PushKind, Value};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// A connection on which nothing was heard for this long, not even one of the ticks that come every second, is given up: it
/// is half open.
const SILENCE: Duration = Duration::from_secs(4);

/// Why a connection of subscriptions is given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Deaf {
    /// It is gone.
    #[error("the connection ended")]
    Ended,
    /// It may be half open.
    #[error("nothing was heard for {} s", SILENCE.as_secs())]
    Silent,
}

/// Whether one connection is alive. Whoever watches it has subscribed to the ticks.
pub struct Pulse {
    last: Mutex<Instant>,
    is_over: CancellationToken,
}

impl Pulse {
    /// Begins now.
    pub fn new() -> Self {
        Self { last: Mutex::new(Instant::now()), is_over: CancellationToken::new() }
    }

    /// Takes note that something came on the connection, whatever it was.
    pub fn note(&self, push: &PushInfo) {
        if push.kind == PushKind::Disconnection {
            self.is_over.cancel();
        } else {
            *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
        }
    }

    /// Waits until the connection is to be given up.
    pub async fn stops(&self) -> Deaf {
        self.is_over.run_until_cancelled(self.is_silent()).await.map_or(Deaf::Ended, |()| Deaf::Silent)
    }

    async fn is_silent(&self) {
        loop {
            let until = *self.last.lock().unwrap_or_else(PoisonError::into_inner) + SILENCE;
            if until <= Instant::now() {
                return;
            }
            tokio::time::sleep_until(until).await;
        }
    }
}

impl Default for Pulse {
    fn default() -> Self {
        Self::new()
    }
}

/// What a published message consists of, in its order: where it was subscribed to by a pattern, the pattern; the channel;
/// the message.
pub fn parts(push: PushInfo) -> impl Iterator<Item = Vec<u8>> {
    push.data.into_iter().filter_map(|part| match part {
        Value::BulkString(bytes) => Some(bytes),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn push(kind: PushKind) -> PushInfo {
        PushInfo { kind, data: Vec::new() }
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_is_given_up_when_it_is_silent_or_gone() {
        let (begun, pulse) = (Instant::now(), Pulse::new());
        tokio::time::sleep(SILENCE / 2).await;
        pulse.note(&push(PushKind::Message));
        assert_eq!(pulse.stops().await, Deaf::Silent);
        assert!(begun.elapsed() >= SILENCE / 2 + SILENCE, "counted from what was heard last");
        let pulse = Pulse::new();
        pulse.note(&push(PushKind::Disconnection));
        assert_eq!(pulse.stops().await, Deaf::Ended);
    }
}
