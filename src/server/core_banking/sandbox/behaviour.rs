//! How the sandbox behaves badly, switched while it runs.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use crate::server::core_banking::sandbox::data::scramble;

/// The longest latency, in ms.
pub const LONGEST_LATENCY_MS: u64 = 60_000;

/// How the sandbox behaves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Behaviour {
    /// How long each answer is held back, in ms.
    pub latency_ms: u64,
    /// The share of questions that are answered with an error, 0 to 1.
    pub error_rate: f64,
    /// The share of answers that do not follow the contract, 0 to 1.
    pub malformed_rate: f64,
    /// Whether no question is answered at all.
    pub down: bool,
}

/// What is to be changed of it; what is left out stays as it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BehaviourChange {
    /// See [`Behaviour::latency_ms`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latency_ms: Option<u64>,
    /// See [`Behaviour::error_rate`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_rate: Option<f64>,
    /// See [`Behaviour::malformed_rate`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub malformed_rate: Option<f64>,
    /// See [`Behaviour::down`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub down: Option<bool>,
}

/// A change breaks a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidChange {
    /// The latency is too long.
    #[error("latencyMs must be a whole number from 0 to {LONGEST_LATENCY_MS}")]
    Latency,
    /// A rate is no share.
    #[error("{0} must be a number from 0 to 1")]
    Rate(&'static str),
}

impl BehaviourChange {
    /// The behaviour after this change.
    pub fn applied_to(self, before: Behaviour) -> Result<Behaviour, InvalidChange> {
        if self.latency_ms.is_some_and(|ms| ms > LONGEST_LATENCY_MS) {
            return Err(InvalidChange::Latency);
        }
        for (name, rate) in [("errorRate", self.error_rate), ("malformedRate", self.malformed_rate)] {
            if rate.is_some_and(|rate| !(0.0..=1.0).contains(&rate)) {
                return Err(InvalidChange::Rate(name));
            }
        }
        Ok(Behaviour {
            latency_ms: self.latency_ms.unwrap_or(before.latency_ms),
            error_rate: self.error_rate.unwrap_or(before.error_rate),
            malformed_rate: self.malformed_rate.unwrap_or(before.malformed_rate),
            down: self.down.unwrap_or(before.down),
        })
    }
}

/// A way in which an answer can break the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lie {
    /// It breaks off in the middle.
    CutOff,
    /// It is a page for people, as some proxies send it.
    Html,
    /// Its texts are numbers.
    Numbers,
    /// It never ends.
    Endless,
    /// A page of a list says that it comes after itself.
    SamePage,
}

impl Lie {
    const ALL: [Self; 5] = [Self::CutOff, Self::Html, Self::Numbers, Self::Endless, Self::SamePage];
}

/// The fate of one question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is answered as the contract says.
    Answered,
    /// It is answered with an error.
    Failed,
    /// Its answer is a lie.
    Malformed(Lie),
}

/// The switches. Cloning it shares them.
#[derive(Clone, Default)]
pub struct Switches(Arc<Shared>);

#[derive(Default)]
struct Shared {
    behaviour: Mutex<Behaviour>,
    questions: AtomicU64,
    lies: AtomicU64,
}

impl Switches {
    /// How the sandbox behaves now.
    pub fn behaviour(&self) -> Behaviour {
        *self.0.behaviour.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes it, and answers how it behaves from now on.
    pub fn change(&self, change: BehaviourChange) -> Result<Behaviour, InvalidChange> {
        let mut behaviour = self.0.behaviour.lock().unwrap_or_else(PoisonError::into_inner);
        *behaviour = change.applied_to(*behaviour)?;
        Ok(*behaviour)
    }

    /// The fate of the next question: it looks random, and is the same on every run.
    pub fn next_fate(&self) -> Fate {
        let behaviour = self.behaviour();
        let number = self.0.questions.fetch_add(1, Ordering::Relaxed);
        if is_chosen(number, 201, behaviour.error_rate) {
            Fate::Failed
        } else if is_chosen(number, 202, behaviour.malformed_rate) {
            let lie = self.0.lies.fetch_add(1, Ordering::Relaxed) as usize % Lie::ALL.len();
            Fate::Malformed(Lie::ALL[lie])
        } else {
            Fate::Answered
        }
    }
}

/// Whether a question is one of the share that `rate` says.
fn is_chosen(number: u64, salt: u64, rate: f64) -> bool {
    ((scramble(number, salt) % 1_000_000) as f64) < rate * 1_000_000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_out_stays_as_it_is() {
        let switches = Switches::default();
        let slow = BehaviourChange { latency_ms: Some(250), error_rate: Some(0.2), ..BehaviourChange::default() };
        switches.change(slow).expect("a good change");
        let down = BehaviourChange { down: Some(true), ..BehaviourChange::default() };
        let expected = Behaviour { latency_ms: 250, error_rate: 0.2, malformed_rate: 0.0, down: true };
        assert_eq!(switches.change(down), Ok(expected));
        assert_eq!(switches.change(BehaviourChange::default()), Ok(expected));
    }

    #[test]
    fn what_breaks_a_rule_changes_nothing() {
        let switches = Switches::default();
        let good = BehaviourChange { down: Some(true), ..BehaviourChange::default() };
        for (bad, error) in [
            (BehaviourChange { latency_ms: Some(60_001), ..good }, InvalidChange::Latency),
            (BehaviourChange { error_rate: Some(1.1), ..good }, InvalidChange::Rate("errorRate")),
            (BehaviourChange { malformed_rate: Some(-0.1), ..good }, InvalidChange::Rate("malformedRate")),
            (BehaviourChange { malformed_rate: Some(f64::NAN), ..good }, InvalidChange::Rate("malformedRate")),
        ] {
            assert_eq!(switches.change(bad), Err(error));
            assert_eq!(switches.behaviour(), Behaviour::default());
        }
    }

    #[test]
    fn a_rate_is_the_share_of_questions_it_says() {
        for (rate, least, most) in [(0.0, 0, 0), (0.2, 1_850, 2_150), (1.0, 10_000, 10_000)] {
            let switches = Switches::default();
            switches.change(BehaviourChange { error_rate: Some(rate), ..BehaviourChange::default() }).expect("good");
            let failed = (0..10_000).filter(|_| switches.next_fate() == Fate::Failed).count();
            assert!((least..=most).contains(&failed), "{rate}: {failed}");
        }
    }

    #[test]
    fn lies_take_turns() {
        let switches = Switches::default();
        switches.change(BehaviourChange { malformed_rate: Some(1.0), ..BehaviourChange::default() }).expect("good");
        let lies: Vec<Fate> = (0..10).map(|_| switches.next_fate()).collect();
        let expected: Vec<Fate> = Lie::ALL.iter().cycle().take(10).map(|lie| Fate::Malformed(*lie)).collect();
        assert_eq!(lies, expected);
    }
}
