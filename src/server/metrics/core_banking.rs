//! What is counted of the core banking system: how its answers were, and what its breaker does.

use prometheus::{IntCounter, IntCounterVec, IntGaugeVec, Result};

use crate::model::status::CircuitState;
use crate::server::metrics::Metrics;
use crate::server::metrics::series::Series;

/// How one question to the core banking system ended; each repeat counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reply {
    /// An answer that could be read, or one that refuses this one question.
    Answered,
    /// No connection, or no whole answer in time.
    Unreachable,
    /// An answer of 500 or more.
    Failed,
    /// 401 or 403.
    Refused,
    /// 429.
    Overloaded,
    /// An answer that does not follow the contract.
    Malformed,
}

impl Reply {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Answered, Self::Unreachable, Self::Failed, Self::Refused, Self::Overloaded, Self::Malformed];

    /// The word for it in a label.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::Unreachable => "unreachable",
            Self::Failed => "failed",
            Self::Refused => "refused",
            Self::Overloaded => "overloaded",
            Self::Malformed => "malformed",
        }
    }
}

/// What is wrong with an answer of the core banking system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Malformation {
    /// It is not JSON, or breaks off.
    NotJson,
    /// It is JSON with another shape: a field is missing, or is no decimal text, no number, no list.
    WrongShape,
    /// It is longer than any answer may be.
    TooLarge,
    /// A page leads back to one that was read already.
    RepeatedPage,
    /// A list goes on far beyond what it says to hold.
    EndlessList,
}

impl Malformation {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::NotJson, Self::WrongShape, Self::TooLarge, Self::RepeatedPage, Self::EndlessList];

    /// The word for it, in the log and as a label.
    pub const fn label(self) -> &'static str {
        match self {
            Self::NotJson => "not_json",
            Self::WrongShape => "wrong_shape",
            Self::TooLarge => "too_large",
            Self::RepeatedPage => "repeated_page",
            Self::EndlessList => "endless_list",
        }
    }
}

/// The series.
pub struct CoreBankingCounts {
    replies: IntCounterVec,
    repeats: IntCounter,
    malformed: IntCounterVec,
    breaker: IntGaugeVec,
}

impl CoreBankingCounts {
    /// Adds them to a registry, with a closed breaker and everything else at 0.
    pub fn new(named: &Series<'_>) -> Result<Self> {
        let counts = Self {
            replies: named.counters(
                "core_banking_replies_total",
                "Questions to the core banking system, each repeat counted, by how they ended.",
                ["outcome"],
                Reply::ALL.map(|reply| [reply.label()]),
            )?,
            repeats: named.counter(
                "core_banking_repeats_total",
                "Questions to the core banking system asked again after a passing fault.",
            )?,
            malformed: named.counters(
                "core_banking_malformed_total",
                "Answers of the core banking system that do not follow the contract, by what is wrong with them.",
                ["reason"],
                Malformation::ALL.map(|malformation| [malformation.label()]),
            )?,
            breaker: named.gauges(
                "core_banking_breaker",
                "The state of the circuit breaker before the core banking system: 1 for the one it is in, else 0.",
                ["state"],
                CircuitState::ALL.map(|state| [state.name()]),
            )?,
        };
        counts.breaker.with_label_values(&[CircuitState::Closed.name()]).set(1);
        Ok(counts)
    }
}

impl Metrics {
    /// A question to the core banking system ended.
    pub fn core_banking_replied(&self, reply: Reply) {
        self.0.core_banking.replies.with_label_values(&[reply.label()]).inc();
    }

    /// A question to the core banking system is asked again.
    pub fn core_banking_repeated(&self) {
        self.0.core_banking.repeats.inc();
    }

    /// An answer of the core banking system does not follow the contract.
    pub fn core_banking_malformed(&self, malformation: Malformation) {
        self.0.core_banking.malformed.with_label_values(&[malformation.label()]).inc();
    }

    /// The breaker before the core banking system is in this state now.
    pub fn core_banking_breaker(&self, now: CircuitState) {
        for state in CircuitState::ALL {
            self.0.core_banking.breaker.with_label_values(&[state.name()]).set(i64::from(state == now));
        }
    }
}
