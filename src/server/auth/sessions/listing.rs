//! Sessions as administrators see them, and how they end them.

use std::cmp::Reverse;

use redis::AsyncCommands;

use crate::model::administration::SessionEntry;
use crate::model::audit::Intent;
use crate::server::audit;
use crate::server::auth::random::id_of;
use crate::server::auth::sessions::{SessionError, SessionKey, Sessions};
use crate::server::redis::keys;

/// Browsers by their signs. Some call themselves by the names of others as well, so the order counts.
const BROWSERS: [(&str, &str); 5] =
    [("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Version/", "Safari")];

/// The systems they run on, likewise.
const SYSTEMS: [(&str, &str); 6] = [
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
];

/// Which sessions of a user are to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which<'a> {
    /// That one, by its id.
    One(&'a str),
    /// All of them.
    All,
}

impl Sessions {
    /// Who is signed in, by user, the newest first; `own` is the session of whoever asks.
    pub async fn list(&self, own: Option<&SessionKey>) -> Result<Vec<SessionEntry>, SessionError> {
        let mut users: Vec<String> = self.redis.commands().smembers(keys::CONSOLE_USERS).await?;
        users.sort_unstable();
        let mut entries = Vec::new();
        for user in users {
            let mut its = self.list_of(&user, own).await?;
            its.sort_by_key(|session| Reverse(session.since));
            entries.append(&mut its);
        }
        Ok(entries)
    }

    async fn list_of(&self, user: &str, own: Option<&SessionKey>) -> Result<Vec<SessionEntry>, SessionError> {
        let mut commands = self.redis.commands();
        let sessions: Vec<String> = commands.zrange(keys::sessions_of(user), 0, -1).await?;
        let mut ask = redis::pipe();
        for key in &sessions {
            ask.hmget(keys::session(key), &["created", "seen", "address", "agent"]);
        }
        let found: Vec<[Option<String>; 4]> =
            if sessions.is_empty() { Vec::new() } else { ask.query_async(&mut commands).await? };
        // One that ended meanwhile, or ran out, has no fields any more.
        let entry = |(key, [created, seen, address, agent]): (&String, [Option<String>; 4])| {
            Some(SessionEntry {
                id: id_of(key),
                user: user.to_owned(),
                since: created?.parse().ok()?,
                seen: seen?.parse().ok()?,
                address: address.unwrap_or_default(),
                browser: agent.map(|agent| browser(&agent)).unwrap_or_default(),
                is_own: own.is_some_and(|own| own.0 == *key),
            })
        };
        Ok(sessions.iter().zip(found).filter_map(entry).collect())
    }

    /// Ends sessions of a user, also where that cannot be written down. Answers which of them there were.
    pub async fn end_listed(
        &self,
        user: &str,
        which: Which<'_>,
        intent: &Intent,
    ) -> Result<Vec<SessionKey>, SessionError> {
        let mut commands = self.redis.commands();
        let mut call = self.scripts.end_listed.key(keys::sessions_of(user));
        call.key(keys::AUDIT).key(keys::AUDIT_OUTCOMES).arg(keys::SESSION_PREFIX).arg(audit::written(intent)?);
        call.arg(u8::from(which == Which::All));
        if let Which::One(id) = which {
            let all: Vec<String> = commands.zrange(keys::sessions_of(user), 0, -1).await?;
            call.arg(all.iter().filter(|key| id_of(key) == id).collect::<Vec<_>>());
        }
        let ended: Vec<String> = call.invoke_async(&mut commands).await?;
        Ok(ended.into_iter().map(SessionKey).collect())
    }
}

/// A browser in a few words; what is none of the usual ones is told as it calls itself.
fn browser(agent: &str) -> String {
    let named =
        |names: &[(&str, &'static str)]| names.iter().find(|(sign, _)| agent.contains(sign)).map(|(_, name)| *name);
    match (named(&BROWSERS), named(&SYSTEMS)) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(browser), None) => browser.to_owned(),
        (None, _) => agent.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_is_told_in_a_few_words() {
        let webkit = "AppleWebKit/537.36 (KHTML, like Gecko)";
        for (agent, words) in [
            (format!("Mozilla/5.0 (X11; Linux x86_64) {webkit} Chrome/140.0 Safari/537.36"), "Chrome on Linux"),
            (format!("Mozilla/5.0 (Windows NT 10.0) {webkit} Chrome/140.0 Safari/537.36 Edg/140.0"), "Edge on Windows"),
            ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:140.0) Firefox/140.0".to_owned(), "Firefox on macOS"),
            ("curl/8.5.0".to_owned(), "curl/8.5.0"),
            (String::new(), ""),
        ] {
            assert_eq!(browser(&agent), words);
        }
    }
}
