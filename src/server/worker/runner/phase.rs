//! What a service does by order, besides working.

use crate::model::status::RunReport;
use crate::server::commands::Wanted;

/// Where a service is by order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Phase {
    /// It works when there is work.
    #[default]
    Working,
    /// It takes nothing new for now; what is in hand is finished.
    Paused,
    /// It takes nothing new and finishes what any worker has in hand.
    Stopping,
    /// Nothing is in hand any more.
    Stopped,
    /// It finishes what any worker has in hand and then begins anew.
    Restarting,
}

impl Phase {
    /// The phase of a service of which that is wanted, while workers have so many of its jobs and runs in hand.
    pub fn of(wanted: Wanted, in_hand: u64) -> Self {
        match (wanted, in_hand) {
            (Wanted::Running, _) => Self::Working,
            (Wanted::Paused, _) => Self::Paused,
            (Wanted::Stopped, 0) => Self::Stopped,
            (Wanted::Stopped, _) => Self::Stopping,
            (Wanted::Restarting, _) => Self::Restarting,
        }
    }

    /// Whether the service takes work at all.
    pub fn is_running(self) -> bool {
        self != Self::Stopped
    }

    /// A report in this phase: what an order says goes before what work says.
    pub fn told(self, report: &RunReport) -> RunReport {
        let word = match self {
            Self::Stopping => Some("stopping".to_owned()),
            Self::Restarting => Some("restarting".to_owned()),
            Self::Working | Self::Paused | Self::Stopped => None,
        };
        RunReport { state: word, reason: None, paused: self == Self::Paused, ..report.clone() }
    }
}
