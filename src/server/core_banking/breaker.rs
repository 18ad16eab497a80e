//! The circuit breaker: while the core banking system is away it is not asked, but for one probe now and then.
//!
//! Closed: everything is asked. After several outages in a row it opens: questions fail at once. When its pause is over
//! it is half-open: one question is let through, and its end closes the breaker or opens it for a longer pause.

#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use jiff::Timestamp;
use tokio::sync::watch;

use crate::model::status::CircuitState;

/// The longest pause that the other side may ask for.
const LONGEST_HOLD: Duration = Duration::from_secs(300);

/// When the breaker opens, and for how long.
#[derive(Clone, Copy, Debug)]
pub struct BreakerLimits {
    /// Outages in a row that open it.
    pub outages: u32,
    /// Its first pause; each failed probe doubles it.
    pub first_pause: Duration,
    /// Its longest pause, unless the other side asks for a longer one.
    pub longest_pause: Duration,
}

impl Default for BreakerLimits {
    fn default() -> Self {
        Self { outages: 3, first_pause: Duration::from_secs(1), longest_pause: Duration::from_secs(15) }
    }
}

/// One moment on two clocks.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// For pauses: never goes back.
    pub at: Instant,
    /// For people: ms since the Unix epoch by this machine's clock.
    pub wall: u64,
}

impl Moment {
    /// This moment.
    pub fn now() -> Self {
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |age| age.as_millis() as u64);
        Self { at: Instant::now(), wall }
    }
}

/// What an outage looks like from here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Absence {
    /// No answer, or one that says that the system itself failed.
    Unreachable,
    /// It does not accept the token.
    Refusing,
    /// It asks for fewer questions.
    Overloaded,
}

/// Since when the core banking system is away; reads "core banking unreachable since 14:03:22 UTC".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Away {
    /// How the first outage in the row looked.
    pub absence: Absence,
    /// When it was noticed, in ms since the Unix epoch by this machine's clock.
    pub since: u64,
}

impl fmt::Display for Away {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let how = match self.absence {
            Absence::Unreachable => "unreachable",
            Absence::Refusing => "refuses the token",
            Absence::Overloaded => "overloaded",
        };
        let since = i64::try_from(self.since).ok().and_then(|ms| Timestamp::from_millisecond(ms).ok());
        let since = since.unwrap_or_default().strftime("%H:%M:%S UTC");
        write!(formatter, "core banking {how} since {since}")
    }
}

/// How things stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Condition {
    /// What the breaker does.
    pub state: CircuitState,
    /// Since when the other side is away: from the first outage of a row, before the breaker opens.
    pub away: Option<Away>,
}

/// How a question ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// There was an answer, be it a refusal of this one question.
    Answered,
    /// There was none to be had.
    Outage {
        /// What it looked like.
        absence: Absence,
        /// How long the other side asked not to be asked.
        hold: Option<Duration>,
    },
}

/// The breaker.
pub struct Breaker {
    limits: BreakerLimits,
    clock: Box<dyn Fn() -> Moment + Send + Sync>,
    changed: Box<dyn Fn(Condition, Condition) + Send + Sync>,
    circuit: Mutex<Circuit>,
    condition: watch::Sender<Condition>,
}

struct Circuit {
    state: CircuitState,
    away: Option<Away>,
    /// Outages in a row while closed.
    outages: u32,
    /// When an open circuit lets a probe through.
    until: Instant,
    pause: Duration,
    /// Counts the changes of state, so that a question from before one does not count after it.
    generation: u64,
}

impl Breaker {
    /// A closed breaker that tells the time by `clock`, and `changed` how things stood and stand, in their order.
    pub fn new(
        limits: BreakerLimits,
        clock: impl Fn() -> Moment + Send + Sync + 'static,
        changed: impl Fn(Condition, Condition) + Send + Sync + 'static,
    ) -> Self {
        let circuit = Circuit {
            state: CircuitState::Closed,
            away: None,
            outages: 0,
            until: clock().at,
            pause: limits.first_pause,
            generation: 0,
        };
        let condition = watch::Sender::new(Condition { state: circuit.state, away: None });
        let (clock, changed) = (Box::new(clock), Box::new(changed));
        Self { limits, clock, changed, circuit: Mutex::new(circuit), condition }
    }

    /// How things stand, now and whenever that changes.
    pub fn watch(&self) -> watch::Receiver<Condition> {
        self.condition.subscribe()
    }

    /// Asks whether a question may be asked; an error says since when it may not.
    pub fn admit(&self) -> Result<Pass<'_>, Away> {
        let now = (self.clock)();
        let mut circuit = self.lock();
        match circuit.state {
            CircuitState::Closed => {}
            CircuitState::Open if now.at >= circuit.until => circuit.turn(CircuitState::HalfOpen),
            CircuitState::Open | CircuitState::HalfOpen => {
                return Err(circuit.away.unwrap_or(Away { absence: Absence::Unreachable, since: now.wall }));
            }
        }
        let is_probe = circuit.state == CircuitState::HalfOpen;
        let pass = Pass { breaker: self, generation: circuit.generation, is_probe, is_settled: false };
        self.tell(circuit);
        Ok(pass)
    }

    /// How long until an open breaker lets a probe through; `None` unless it is open.
    pub fn time_to_probe(&self) -> Option<Duration> {
        let now = (self.clock)();
        let circuit = self.lock();
        (circuit.state == CircuitState::Open).then(|| circuit.until.saturating_duration_since(now.at))
    }

    fn settle(&self, generation: u64, outcome: Option<Outcome>) {
        let now = (self.clock)();
        let mut circuit = self.lock();
        if circuit.generation != generation {
            return;
        }
        match (circuit.state, outcome) {
            (CircuitState::Closed, Some(Outcome::Answered)) => {
                circuit.outages = 0;
                circuit.away = None;
            }
            (CircuitState::HalfOpen, Some(Outcome::Answered)) => {
                circuit.turn(CircuitState::Closed);
                circuit.outages = 0;
                circuit.away = None;
                circuit.pause = self.limits.first_pause;
            }
            (CircuitState::Closed, Some(Outcome::Outage { absence, hold })) => {
                circuit.outages += 1;
                circuit.away.get_or_insert(Away { absence, since: now.wall });
                if hold.is_some() || circuit.outages >= self.limits.outages {
                    circuit.open(now.at, hold);
                }
            }
            (CircuitState::HalfOpen, Some(Outcome::Outage { hold, .. })) => {
                circuit.pause = (circuit.pause * 2).min(self.limits.longest_pause);
                circuit.open(now.at, hold);
            }
            // The probe was given up: another one may be sent at once.
            (CircuitState::HalfOpen, None) => {
                circuit.turn(CircuitState::Open);
                circuit.until = now.at;
            }
            // An open circuit has no question of its own generation.
            (CircuitState::Open, _) | (CircuitState::Closed, None) => {}
        }
        self.tell(circuit);
    }

    /// Tells whoever watches; the circuit stays locked meanwhile, so that all hear the changes in their order.
    fn tell(&self, circuit: MutexGuard<'_, Circuit>) {
        let now = Condition { state: circuit.state, away: circuit.away };
        self.condition.send_if_modified(|condition| {
            let before = std::mem::replace(condition, now);
            if before != now {
                (self.changed)(before, now);
            }
            before != now
        });
        drop(circuit);
    }

    fn lock(&self) -> MutexGuard<'_, Circuit> {
        self.circuit.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Circuit {
    fn turn(&mut self, state: CircuitState) {
        self.state = state;
        self.generation += 1;
    }

    fn open(&mut self, now: Instant, hold: Option<Duration>) {
        self.turn(CircuitState::Open);
        self.until = now + self.pause.max(hold.unwrap_or_default().min(LONGEST_HOLD));
    }
}

/// The leave to ask one question. Dropped without an outcome, it counts for nothing.
pub struct Pass<'a> {
    breaker: &'a Breaker,
    generation: u64,
    is_probe: bool,
    is_settled: bool,
}

impl Pass<'_> {
    /// True for the one question that a half-open breaker lets through.
    pub fn is_probe(&self) -> bool {
        self.is_probe
    }

    /// Whether the question may still be asked, or asked again: an error says since when the other side is away.
    pub fn check(&self) -> Result<(), Away> {
        let circuit = self.breaker.lock();
        match circuit.away {
            Some(away) if circuit.generation != self.generation && circuit.state != CircuitState::Closed => Err(away),
            _ => Ok(()),
        }
    }

    /// Says how the question ended.
    pub fn settle(mut self, outcome: Outcome) {
        self.is_settled = true;
        self.breaker.settle(self.generation, Some(outcome));
    }
}

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        if !self.is_settled {
            self.breaker.settle(self.generation, None);
        }
    }
}
