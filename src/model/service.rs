//! Which services there are and what may be asked of them.

use std::fmt;
use std::str::FromStr;

use arrayvec::ArrayString;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use crate::model::status::{Freshness, ServiceState};

/// A service's name on the wire: 1 to 64 of `a–z`, `0–9` and `-`, starting with a letter or a digit.
///
/// It is `Copy` so that it can key the browser's table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = String, pattern = "^[a-z0-9][a-z0-9-]{0,63}$")]
pub struct ServiceId(ArrayString<64>);

/// Why a text is not a [`ServiceId`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidServiceId {
    /// It has another form than `^[a-z0-9][a-z0-9-]{0,63}$`.
    #[error("a service id is 1 to 64 of a-z, 0-9 and '-', starting with a letter or a digit")]
    Form,
    /// It names one of the channels that are not services.
    #[error("'logs', 'commands', 'metrics', 'history' and 'services' are reserved and name no service")]
    Reserved,
}

/// Names under `service:` that are channels or keys of their own, never services.
const RESERVED: [&str; 5] = ["logs", "commands", "metrics", "history", "services"];

impl ServiceId {
    /// Reads an id, refusing what the contract refuses.
    pub fn parse(text: &str) -> Result<Self, InvalidServiceId> {
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        let starts_well = text.bytes().next().is_some_and(allowed);
        if !starts_well || !text.bytes().all(|byte| allowed(byte) || byte == b'-') {
            return Err(InvalidServiceId::Form);
        }
        if RESERVED.contains(&text) {
            return Err(InvalidServiceId::Reserved);
        }
        ArrayString::from(text).map(Self).map_err(|_| InvalidServiceId::Form)
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The id as the key of the full message: `balance-sync` becomes `balanceSync`.
    pub fn camel_case(&self) -> String {
        let mut key = String::with_capacity(self.0.len());
        let mut upper = false;
        for letter in self.0.chars() {
            if letter == '-' {
                upper = true;
            } else if upper {
                key.push(letter.to_ascii_uppercase());
                upper = false;
            } else {
                key.push(letter);
            }
        }
        key
    }
}

impl fmt::Display for ServiceId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl FromStr for ServiceId {
    type Err = InvalidServiceId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl<'de> Deserialize<'de> for ServiceId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

/// The services this program brings along; others appear when they publish.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BuiltIn {
    /// Reads every account's balances.
    BalanceSync,
    /// Finds customers and their accounts.
    AccountDiscovery,
    /// Fills in what is not known of an account.
    AccountEnrichment,
}

impl BuiltIn {
    /// All of them, in the order of the seed's full message.
    pub const ALL: [Self; 3] = [Self::BalanceSync, Self::AccountDiscovery, Self::AccountEnrichment];

    /// The service's name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::BalanceSync => "balance-sync",
            Self::AccountDiscovery => "account-discovery",
            Self::AccountEnrichment => "account-enrichment",
        }
    }

    /// The service's id.
    pub fn id(self) -> ServiceId {
        let mut id = ArrayString::new();
        id.push_str(self.name());
        ServiceId(id)
    }

    /// The built-in service of that id, if it is one.
    pub fn of(id: ServiceId) -> Option<Self> {
        Self::ALL.into_iter().find(|built_in| built_in.name() == id.as_str())
    }
}

/// What an operator may ask of a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Control {
    /// Do the work once, now.
    Trigger,
    /// Begin to work after a stop.
    Start,
    /// Finish what runs, take nothing new.
    Stop,
    /// Stop, then start.
    Restart,
    /// Take nothing new for a while.
    Pause,
    /// Go on after a pause.
    Resume,
}

impl Control {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::Trigger, Self::Start, Self::Stop, Self::Restart, Self::Pause, Self::Resume];

    /// The control's name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Trigger => "trigger",
            Self::Start => "start",
            Self::Stop => "stop",
            Self::Restart => "restart",
            Self::Pause => "pause",
            Self::Resume => "resume",
        }
    }

    /// The verb the page shows.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Trigger => "Run now",
            Self::Start => "Start",
            Self::Stop => "Stop",
            Self::Restart => "Restart",
            Self::Pause => "Pause",
            Self::Resume => "Resume",
        }
    }

    /// Why it cannot be asked of a service in that state; `None` where it can. Of a silent one nobody knows what state it is
    /// in, so anything can be asked of it.
    pub const fn obstacle(self, state: &ServiceState, freshness: Freshness) -> Option<&'static str> {
        use ServiceState::{Degraded, Idle, Paused, Running, Stopped, Stopping};
        if matches!(freshness, Freshness::NoSignal) {
            return None;
        }
        match (self, state) {
            (Self::Start, Running | Idle | Degraded) => Some("It runs already."),
            (Self::Start, Paused) => Some("It is paused: resume it."),
            (Self::Stop, Stopped) => Some("It is stopped already."),
            (Self::Pause, Paused) => Some("It is paused already."),
            (Self::Resume, Paused) => None,
            (Self::Resume, _) => Some("It is not paused."),
            (Self::Trigger | Self::Pause, Stopped | Stopping) => Some("It is stopped."),
            (Self::Restart, Stopped) => Some("It is stopped: start it."),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_follow_the_contract() {
        for good in ["a", "0", "balance-sync", "email-sender-2", &"x".repeat(64)] {
            assert_eq!(ServiceId::parse(good).map(|id| id.to_string()), Ok(good.to_owned()));
        }
        for bad in ["", "-a", "A", "a_b", "a b", "é", "a\n", &"x".repeat(65)] {
            assert_eq!(ServiceId::parse(bad), Err(InvalidServiceId::Form), "{bad:?}");
        }
        for reserved in RESERVED {
            assert_eq!(ServiceId::parse(reserved), Err(InvalidServiceId::Reserved));
        }
    }

    #[test]
    fn controls_have_the_names_of_the_wire() {
        for control in Control::ALL {
            assert_eq!(serde_json::to_string(&control).expect("JSON"), format!("\"{}\"", control.name()));
        }
    }

    #[test]
    fn what_is_impossible_now_is_told_with_its_reason() {
        let possible = |state: ServiceState| -> Vec<&str> {
            Control::ALL
                .iter()
                .filter(|control| control.obstacle(&state, Freshness::Late).is_none())
                .map(|control| control.name())
                .collect()
        };
        assert_eq!(possible(ServiceState::Idle), ["trigger", "stop", "restart", "pause"]);
        assert_eq!(possible(ServiceState::Running), ["trigger", "stop", "restart", "pause"]);
        assert_eq!(possible(ServiceState::Paused), ["trigger", "stop", "restart", "resume"]);
        assert_eq!(possible(ServiceState::Stopped), ["start"]);
        assert_eq!(possible(ServiceState::Failed), ["trigger", "start", "stop", "restart", "pause"]);
        assert_eq!(Control::Trigger.obstacle(&ServiceState::Stopped, Freshness::Fresh), Some("It is stopped."));
    }

    #[test]
    fn the_last_word_of_a_silent_service_is_in_nobodys_way() {
        for (control, state) in [(Control::Start, ServiceState::Running), (Control::Stop, ServiceState::Stopped)] {
            assert!(control.obstacle(&state, Freshness::Fresh).is_some());
            assert_eq!(control.obstacle(&state, Freshness::NoSignal), None);
        }
    }

    #[test]
    fn the_full_message_names_services_in_camel_case() {
        let keys = BuiltIn::ALL.map(|built_in| built_in.id().camel_case());
        assert_eq!(keys, ["balanceSync", "accountDiscovery", "accountEnrichment"]);
    }
}
