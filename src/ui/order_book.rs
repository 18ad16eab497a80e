//! The commands that were given from here: on their way to the server, or without an end yet.

use std::collections::BTreeMap;

use crate::api::command_service::GivenCommand;
use crate::model::command::Command;
use crate::model::service::{Control, ServiceId};

/// A command that the server took, and whose end was not heard yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Awaited {
    /// Whom it is for.
    pub service: ServiceId,
    /// What was asked.
    pub control: Control,
    /// What the server answered.
    pub given: GivenCommand,
}

/// What became of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It ended.
    Ended(Awaited),
    /// A later command of the service is known, and its own end was not heard.
    Overtaken(Awaited),
}

impl Awaited {
    fn fate(&self, latest: &Command) -> Option<Fate> {
        if self.service != latest.service {
            None
        } else if self.given.id == latest.id {
            (!latest.outcome.is_open()).then(|| Fate::Ended(self.clone()))
        } else {
            latest.is_after(self.given.requested_at, &self.given.id).then(|| Fate::Overtaken(self.clone()))
        }
    }
}

/// All of them.
#[derive(Clone, Debug, Default)]
pub struct OrderBook {
    sending: BTreeMap<ServiceId, Control>,
    awaited: Vec<Awaited>,
}

impl OrderBook {
    /// Notes that a command is on its way to the server. False if one of that service is on its way already.
    pub fn send(&mut self, service: ServiceId, control: Control) -> bool {
        let is_first = !self.sending.contains_key(&service);
        if is_first {
            self.sending.insert(service, control);
        }
        is_first
    }

    /// The server took it.
    pub fn take(&mut self, service: ServiceId, control: Control, given: GivenCommand) {
        self.sending.remove(&service);
        self.awaited.push(Awaited { service, control, given });
    }

    /// The server did not take it, or did not answer.
    pub fn refuse(&mut self, service: ServiceId) {
        self.sending.remove(&service);
    }

    /// What is under way at a service whose latest command is known to be that one: from here, until that is heard as well,
    /// or from wherever.
    pub fn under_way(&self, service: ServiceId, latest: Option<&Command>) -> Option<Control> {
        let is_news = |awaited: &&Awaited| {
            awaited.service == service && latest.is_none_or(|latest| latest.id != awaited.given.id)
        };
        let sent = self.sending.get(&service).copied();
        let awaited = || self.awaited.iter().rfind(is_news).map(|awaited| awaited.control);
        let known = || latest.filter(|latest| latest.outcome.is_open()).map(|latest| latest.command);
        sent.or_else(awaited).or_else(known)
    }

    /// The services of which an end is awaited, each as often as that is so.
    pub fn awaited(&self) -> Vec<ServiceId> {
        self.awaited.iter().map(|awaited| awaited.service).collect()
    }

    /// Hears where the latest command of a service stands; tells what that means for those that are awaited, and awaits
    /// them no longer.
    pub fn hear(&mut self, latest: &Command) -> Vec<Fate> {
        let mut fates = Vec::new();
        self.awaited.retain(|awaited| {
            let fate = awaited.fate(latest);
            let stays = fate.is_none();
            fates.extend(fate);
            stays
        });
        fates
    }

    /// The service was forgotten, and its commands with it.
    pub fn forget(&mut self, service: ServiceId) {
        self.awaited.retain(|awaited| awaited.service != service);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::command::{CommandId, CommandState};
    use crate::model::service::BuiltIn;

    fn given(id: &str, requested_at: u64) -> GivenCommand {
        GivenCommand { id: CommandId(id.to_owned()), requested_at, request_id: format!("request {id}") }
    }

    fn command(id: &str, service: ServiceId, requested_at: u64, outcome: CommandState) -> Command {
        Command {
            id: CommandId(id.to_owned()),
            service,
            command: Control::Trigger,
            actor: "ana".to_owned(),
            outcome,
            message: None,
            instance: None,
            reason: None,
            requested_at,
            changed_at: requested_at,
        }
    }

    #[test]
    fn each_service_has_its_own_command_on_the_way() {
        let (one, other) = (BuiltIn::BalanceSync.id(), BuiltIn::AccountDiscovery.id());
        let mut book = OrderBook::default();
        assert!(book.send(one, Control::Trigger));
        assert!(book.send(other, Control::Stop));
        assert!(!book.send(one, Control::Trigger), "a second click");
        book.take(one, Control::Trigger, given("a", 10));
        assert_eq!(book.under_way(other, None), Some(Control::Stop), "the answer to another one takes nothing away");
        book.refuse(other);
        assert_eq!(book.under_way(other, None), None);
    }

    #[test]
    fn a_command_is_under_way_from_the_click_until_its_end_without_a_gap() {
        let service = BuiltIn::BalanceSync.id();
        let before = command("z", service, 5, CommandState::Succeeded);
        let open = command("a", service, 10, CommandState::Accepted);
        let ended = command("a", service, 10, CommandState::Succeeded);
        let mut book = OrderBook::default();
        book.send(service, Control::Trigger);
        assert_eq!(book.under_way(service, Some(&before)), Some(Control::Trigger));
        book.take(service, Control::Trigger, given("a", 10));
        assert_eq!(book.under_way(service, Some(&before)), Some(Control::Trigger), "the stream has not told it yet");
        assert_eq!(book.hear(&before), [], "an older one says nothing of it");
        assert_eq!((book.hear(&open), book.under_way(service, Some(&open))), (vec![], Some(Control::Trigger)));
        assert_eq!(book.under_way(service, Some(&ended)), None);
        let awaited = Awaited { service, control: Control::Trigger, given: given("a", 10) };
        assert_eq!((book.hear(&ended), book.hear(&ended)), (vec![Fate::Ended(awaited)], vec![]), "told once");
    }

    #[test]
    fn what_a_later_command_overtook_is_awaited_no_longer() {
        let service = BuiltIn::BalanceSync.id();
        let mut book = OrderBook::default();
        book.take(service, Control::Stop, given("b", 10));
        assert_eq!(book.hear(&command("a", service, 10, CommandState::Succeeded)), [], "it was there before");
        assert_eq!(book.hear(&command("c", BuiltIn::AccountDiscovery.id(), 11, CommandState::Requested)), []);
        let awaited = Awaited { service, control: Control::Stop, given: given("b", 10) };
        assert_eq!(book.hear(&command("c", service, 11, CommandState::Requested)), [Fate::Overtaken(awaited)]);
        assert!(book.awaited().is_empty());
    }

    #[test]
    fn a_forgotten_service_is_waited_for_no_longer() {
        let service = BuiltIn::BalanceSync.id();
        let mut book = OrderBook::default();
        book.take(service, Control::Stop, given("b", 10));
        book.forget(service);
        assert!(book.awaited().is_empty());
    }
}
