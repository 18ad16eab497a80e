//! What the state of core banking means for a service: what it says of itself, and whether it works.

use crate::model::status::{CircuitState, RunReport};
use crate::server::core_banking::breaker::Condition;

/// A service's report with what is known of core banking. While that is away the service is degraded, whatever it did
/// last; once it is back, it is not.
pub fn with_condition(report: &RunReport, condition: Condition) -> RunReport {
    let mut report = report.clone();
    report.core_banking = Some(condition.state);
    if let Some(away) = condition.away {
        report.state = Some("degraded".to_owned());
        report.reason = Some(away.to_string());
        report.degraded_since = Some(away.since);
    }
    report
}

/// Whether jobs and runs are held back: begun now, they would only fail.
pub fn holds_back(condition: Condition) -> bool {
    condition.state != CircuitState::Closed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::core_banking::breaker::{Absence, Away};

    #[test]
    fn a_service_is_degraded_while_core_banking_is_away_and_says_since_when() {
        let mut own = RunReport::default();
        own.failed("User 7 does not exist.".to_owned());
        let away = Some(Away { absence: Absence::Unreachable, since: 1_795_529_002_000 });
        let shown =
            |state, away| serde_json::to_string(&with_condition(&own, Condition { state, away })).expect("JSON");
        let degraded = |state: &str| {
            [
                r#"{"state":"degraded","reason":"core banking unreachable since 14:03:22 UTC","#,
                r#""degradedSince":1795529002000,"coreBanking":""#,
                state,
                r#"","lastError":"User 7 does not exist."}"#,
            ]
            .concat()
        };
        for state in CircuitState::ALL {
            assert_eq!(shown(state, away), degraded(state.name()));
        }
        let well = r#"{"coreBanking":"closed","lastError":"User 7 does not exist."}"#;
        assert_eq!(shown(CircuitState::Closed, None), well);
    }

    #[test]
    fn work_is_held_back_unless_everything_may_be_asked() {
        let held = CircuitState::ALL.map(|state| holds_back(Condition { state, away: None }));
        assert_eq!(held, [false, true, true]);
    }
}
