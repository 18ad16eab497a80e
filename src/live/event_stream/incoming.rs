//! One event of the stream, read.

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::model::command::Command;
use crate::model::event::{
    AccountNews, FullMessage, Ping, RedisHealth, Removed, Shutdown, States, StatusMessage, names,
};
use crate::model::job::JobOutcome;
use crate::model::job_list::Lanes;

/// What an event says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Incoming {
    /// All services.
    Full(FullMessage),
    /// One service.
    Status(StatusMessage),
    /// A service was forgotten.
    Removed(Removed),
    /// A job came to its end.
    Job(JobOutcome),
    /// A command was given, or something came of one.
    Command(Command),
    /// How many jobs are where.
    Lanes(Lanes),
    /// A user's accounts may have news.
    Account(AccountNews),
    /// The stream is alive.
    Ping(Ping),
    /// Whether the server reaches Redis.
    Redis(RedisHealth),
    /// Another stream took this one's place.
    Replaced,
    /// The session ended.
    SignedOut,
    /// The server goes away.
    Shutdown(Shutdown),
    /// Through which states services went meanwhile.
    States(States),
}

/// The names of all events that the page listens to.
pub const HEARD: [&str; 12] = [
    UNNAMED,
    names::ACCOUNT,
    names::COMMAND,
    names::JOBS,
    names::JOB,
    names::PING,
    names::REDIS,
    names::REMOVED,
    names::REPLACED,
    names::SHUTDOWN,
    names::SIGNED_OUT,
    names::STATES,
];

/// The name EventSource gives to events without one.
pub const UNNAMED: &str = "message";

/// An event that could not be read.
#[derive(Debug, thiserror::Error)]
#[error("the event '{name}' could not be read: {cause}")]
pub struct Unreadable {
    name: String,
    cause: serde_json::Error,
}

/// Reads an event by its name.
pub fn read(name: &str, data: &str) -> Result<Incoming, Unreadable> {
    let unreadable = |cause| Unreadable { name: name.to_owned(), cause };
    match name {
        names::COMMAND => json(data).map(Incoming::Command),
        names::ACCOUNT => json(data).map(Incoming::Account),
        names::JOBS => json(data).map(Incoming::Lanes),
        names::JOB => json(data).map(Incoming::Job),
        names::PING => json(data).map(Incoming::Ping),
        names::REDIS => json(data).map(Incoming::Redis),
        names::REMOVED => json(data).map(Incoming::Removed),
        names::SHUTDOWN => json(data).map(Incoming::Shutdown),
        names::STATES => json(data).map(Incoming::States),
        names::REPLACED => Ok(Incoming::Replaced),
        names::SIGNED_OUT => Ok(Incoming::SignedOut),
        _ => unnamed(data),
    }
    .map_err(unreadable)
}

/// The two messages without a name differ by their fields: only the full one has `services`.
fn unnamed(data: &str) -> Result<Incoming, serde_json::Error> {
    #[derive(Deserialize)]
    struct Shape {
        #[serde(default)]
        services: Option<serde::de::IgnoredAny>,
    }
    match json::<Shape>(data)?.services {
        Some(_) => json(data).map(Incoming::Full),
        None => json(data).map(Incoming::Status),
    }
}

fn json<T: DeserializeOwned>(data: &str) -> Result<T, serde_json::Error> {
    serde_json::from_str(data)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_two_unnamed_messages_are_told_apart() {
        let full = r#"{"balanceSync":{},"services":[]}"#;
        assert_eq!(read(UNNAMED, full).ok(), Some(Incoming::Full(FullMessage { services: Vec::new() })));
        let status = r#"{"service":"balance-sync","timestamp":1,"status":{"running":true},"entry":"7-1"}"#;
        assert!(matches!(read(UNNAMED, status), Ok(Incoming::Status(message)) if message.entry.is_some()));
    }

    #[test]
    fn named_events_are_read_by_their_name() {
        assert!(matches!(read("ping", r#"{"now":5,"id":"abc.1-0"}"#), Ok(Incoming::Ping(ping)) if ping.now == 5));
        assert!(matches!(read("redis", r#"{"connected":false}"#), Ok(Incoming::Redis(health)) if !health.connected));
        assert!(matches!(read("removed", r#"{"service":"mail"}"#), Ok(Incoming::Removed(_))));
        for subject in [r#""userId":1"#, r#""accountNumber":"0071""#] {
            let ended =
                format!(r#"{{"id":"j","service":"a","lane":"priority",{subject},"state":"done","message":""}}"#);
            assert!(matches!(read("job", &ended), Ok(Incoming::Job(_))), "{ended}");
        }
        let asked = r#"{"id":"c","service":"mail","command":"stop","actor":"ana","outcome":"no-answer","requestedAt":1,"changedAt":2}"#;
        assert!(matches!(read("command", asked), Ok(Incoming::Command(_))));
        assert!(matches!(read("account", r#"{"userId":7}"#), Ok(Incoming::Account(news)) if news.user_id == 7));
        assert!(matches!(read("jobs", r#"{"lanes":[]}"#), Ok(Incoming::Lanes(_))));
        assert!(matches!(read("shutdown", r#"{"retryIn":5000}"#), Ok(Incoming::Shutdown(_))));
        let states = r#"{"states":{"mail":["Failed","Running"]}}"#;
        assert!(matches!(read("states", states), Ok(Incoming::States(told)) if told.states.len() == 1));
        assert!(matches!(read("signed-out", "{}"), Ok(Incoming::SignedOut)));
        assert!(matches!(read("replaced", ""), Ok(Incoming::Replaced)));
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        let said = read("ping", "{").map_err(|error| error.to_string());
        assert!(said.is_err_and(|said| said.starts_with("the event 'ping' could not be read: ")));
        assert!(read(UNNAMED, r#"{"service":"Not An Id","timestamp":1,"status":{}}"#).is_err());
    }
}
