//! Holds what a page heard, and what the log has, against the promises. Every update carries a number `n` that grows with
//! each update of its service.

use std::collections::BTreeMap;

use serde_json::Value;
use service_manager::model::event::{EntryId, EventId};

use crate::support::Event;

/// What is known of a service: its last entry and the number in it.
pub type Known = BTreeMap<String, (EntryId, u64)>;

/// An update: which service's, and its number.
pub type Update = (String, u64);

/// What one page shows, by what it heard.
#[derive(Debug, Default)]
pub struct Picture {
    pub last_id: Option<String>,
    pub is_connected: bool,
    pub epoch: String,
    pub services: Known,
    /// How often it was told that Redis is out of reach.
    pub told_lost: u64,
    /// Updates that came one by one.
    pub updates: u64,
    /// What broke a promise.
    pub complaints: Vec<String>,
}

impl Picture {
    /// Takes one event as a page does.
    pub fn hear(&mut self, event: &Event) {
        let data: Value = serde_json::from_str(&event.data).expect("JSON");
        if !event.id.is_empty() {
            self.last_id = Some(event.id.clone());
        }
        match event.name.as_str() {
            "redis" => {
                self.is_connected = data["connected"] == true;
                self.told_lost += u64::from(!self.is_connected);
            }
            "removed" => {
                self.services.remove(data["service"].as_str().expect("a service"));
            }
            "message" if data["services"].is_array() => self.take_all(&event.id, &data["services"]),
            "message" => self.take_one(&event.id, &data),
            _ => {}
        }
    }

    fn take_all(&mut self, id: &str, services: &Value) {
        let epoch = epoch_of(id);
        let known: Known = services.as_array().into_iter().flatten().filter_map(|view| known(view, "id")).collect();
        if epoch == self.epoch {
            for (service, (entry, _)) in &self.services {
                if known.get(service).is_some_and(|(now, _)| now < entry) {
                    self.complaints
                        .push(format!("{service} went back in time from {entry} with the full message {id}"));
                }
            }
        }
        (self.epoch, self.services, self.is_connected) = (epoch, known, true);
    }

    fn take_one(&mut self, id: &str, data: &Value) {
        self.updates += 1;
        let Some((service, (entry, n))) = known(data, "service") else { return };
        if epoch_of(id) != self.epoch {
            self.complaints.push(format!("{service} came from another epoch without a full message: {id}"));
        }
        if let Some((last, last_n)) = self.services.get(&service) {
            if *last == entry {
                self.complaints.push(format!("{service} was repeated at {entry}"));
            } else if *last > entry || *last_n >= n {
                self.complaints.push(format!("{service} went back in time from {last}, n {last_n}, to {entry}, n {n}"));
            }
        }
        self.services.insert(service, (entry, n));
    }

    /// How it differs from what Redis holds; `None` if it does not.
    pub fn difference(&self, redis: &Known) -> Option<String> {
        if !self.is_connected {
            return Some("the page was told that Redis is out of reach".to_owned());
        }
        let services = self.services.keys().chain(redis.keys());
        let different = services.filter(|service| self.services.get(*service) != redis.get(*service));
        let said: Vec<_> = different
            .map(|service| format!("{service}: {:?}, in Redis {:?}", self.services.get(service), redis.get(service)))
            .collect();
        (!said.is_empty()).then(|| said.join("; "))
    }
}

/// What breaks the log's promises: `answered` were appended and answered, in this order.
pub fn complaints_of_log(log: &[(EntryId, Update)], answered: &[(EntryId, Update)]) -> Vec<String> {
    let mut complaints = Vec::new();
    let mut last: BTreeMap<&str, u64> = BTreeMap::new();
    for (entry, (service, n)) in log {
        match last.insert(service, *n) {
            Some(before) if before == *n => complaints.push(format!("{service}, n {n} was taken in again at {entry}")),
            Some(before) if before > *n => complaints.push(format!("{service}, n {n} came after {before} at {entry}")),
            _ => {}
        }
    }
    let in_log: BTreeMap<EntryId, &Update> = log.iter().map(|(entry, update)| (*entry, update)).collect();
    for (entry, update) in answered {
        if in_log.get(entry) != Some(&update) {
            complaints.push(format!("{} with n {} was answered with {entry} and is lost", update.0, update.1));
        }
    }
    complaints
}

fn epoch_of(id: &str) -> String {
    id.parse::<EventId>().map(|id| id.epoch).unwrap_or_default()
}

/// Nothing for a service that never reported.
fn known(view: &Value, service: &str) -> Option<(String, (EntryId, u64))> {
    let entry = view["entry"].as_str()?.parse().expect("an entry");
    Some((view[service].as_str()?.to_owned(), (entry, view["status"]["n"].as_u64()?)))
}

mod tests {
    use super::*;

    fn at(milliseconds: u64) -> EntryId {
        EntryId { milliseconds, sequence: 0 }
    }

    fn update(n: u64, milliseconds: u64) -> Event {
        let data = format!(r#"{{"service":"a","timestamp":1,"status":{{"n":{n}}},"entry":"{milliseconds}-0"}}"#);
        Event { name: "message".to_owned(), id: format!("e.{milliseconds}-0"), data }
    }

    fn full(epoch: &str, n: u64, milliseconds: u64) -> Event {
        let data =
            format!(r#"{{"services":[{{"id":"a","status":{{"n":{n}}},"entry":"{milliseconds}-0"}},{{"id":"b"}}]}}"#);
        Event { name: "message".to_owned(), id: format!("{epoch}.{milliseconds}-0"), data }
    }

    fn complaints(events: &[Event]) -> String {
        let mut picture = Picture::default();
        events.iter().for_each(|event| picture.hear(event));
        picture.complaints.join("; ")
    }

    #[test]
    fn the_judge_is_content_with_what_is_right() {
        let events = [full("e", 1, 1), update(2, 2), update(5, 3), full("e", 5, 3), full("f", 1, 1)];
        assert_eq!(complaints(&events), "");
        let log = [(at(1), ("a".to_owned(), 1)), (at(2), ("a".to_owned(), 3))];
        assert_eq!(complaints_of_log(&log, &log[1..]), Vec::<String>::new());
    }

    #[test]
    fn the_judge_complains_of_what_is_repeated_or_goes_back_in_time() {
        assert!(complaints(&[full("e", 1, 1), update(2, 2), update(2, 2)]).contains("a was repeated at 2-0"));
        assert!(complaints(&[full("e", 1, 1), update(3, 3), update(2, 2)]).contains("a went back in time"));
        assert!(complaints(&[full("e", 3, 3), full("e", 2, 2)]).contains("with the full message"));
        assert!(complaints(&[full("e", 1, 1), update(2, 2), update(1, 3)]).contains("back in time"), "an old one anew");
        assert!(complaints(&[full("f", 1, 1), update(2, 2)]).contains("another epoch"));
    }

    #[test]
    fn the_judge_sees_a_page_that_lacks_something_or_was_told_to_wait() {
        let mut picture = Picture::default();
        picture.hear(&full("e", 1, 1));
        assert_eq!(picture.difference(&Known::from([("a".to_owned(), (at(1), 1))])), None);
        let newer = Known::from([("a".to_owned(), (at(2), 2))]);
        assert!(picture.difference(&newer).is_some_and(|said| said.starts_with("a: ")));
        assert!(picture.difference(&Known::new()).is_some());
        picture.hear(&Event { name: "redis".to_owned(), id: String::new(), data: r#"{"connected":false}"#.to_owned() });
        assert!(picture.difference(&Known::from([("a".to_owned(), (at(1), 1))])).is_some());
    }

    #[test]
    fn the_judge_finds_what_the_log_lost_repeated_or_turned_round() {
        let one = |milliseconds, n| (at(milliseconds), ("a".to_owned(), n));
        let said = |log: &[_], answered: &[_]| complaints_of_log(log, answered).join("; ");
        assert!(said(&[one(1, 1), one(3, 3)], &[one(2, 2)]).contains("is lost"));
        assert!(said(&[one(1, 1), one(2, 3)], &[one(2, 2)]).contains("is lost"));
        assert!(said(&[one(1, 1), one(2, 1)], &[]).contains("taken in again"));
        assert!(said(&[one(1, 2), one(2, 1)], &[]).contains("came after 2"));
    }
}
