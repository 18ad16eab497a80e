//! What an operator asks of services from the page: asked before where that is due, sent, and told when it has ended.

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api::command_service::{GivenCommand, command_service};
use crate::live::Live;
use crate::model::command::{Command, CommandState};
use crate::model::job_list::LaneCounts;
use crate::model::service::{Control, ServiceId};
use crate::ui::components::confirmation::{Confirmation, Confirmed, Question};
use crate::ui::components::toasts::Toasts;
use crate::ui::format;

/// What the buttons of all rows share. Copying it shares it.
#[derive(Clone, Copy)]
pub struct Commander {
    live: Live,
    toasts: Toasts,
    dialog: Confirmation,
    /// What is on its way to the server.
    sending: RwSignal<Option<(ServiceId, Control)>>,
    /// Given from this page, and without an end yet; to whom and under what request.
    awaited: RwSignal<Vec<(ServiceId, GivenCommand)>>,
}

impl Commander {
    /// One that asks by that dialog and tells by those messages.
    pub fn new(live: Live, toasts: Toasts, dialog: Confirmation) -> Self {
        let (sending, awaited) = (RwSignal::new(None), RwSignal::new(Vec::new()));
        let commander = Self { live, toasts, dialog, sending, awaited };
        // Whether or not the page shows its row: a filter may have taken it away. A quick end is there before the answer.
        Effect::new(move |_| {
            for (service, _) in awaited.get() {
                let command = live.table.row(service).read().as_ref().and_then(|row| row.command.clone());
                if let Some(command) = command {
                    commander.heard(&command);
                }
            }
        });
        commander
    }

    /// What is on its way to the server for that service.
    pub fn sending(&self, service: ServiceId) -> Option<Control> {
        self.sending.get().filter(|(whom, _)| *whom == service).map(|(_, control)| control)
    }

    /// Asks something of a service; of the operator first, where it takes something away.
    pub fn ask(self, service: ServiceId, control: Control) {
        let after = match control {
            Control::Stop => "until it is started again",
            Control::Restart => "until it has begun anew",
            _ => return self.send(service, control, String::new()),
        };
        let verb = control.label();
        self.dialog.ask(move || Question {
            title: format!("{verb} {service}?"),
            body: Signal::derive(move || self.effect(service, after)),
            button: format!("{verb} {service}"),
            is_destructive: control == Control::Stop,
            wants_reason: true,
            act: Callback::new(move |confirmed: Confirmed| {
                confirmed.close();
                self.send(service, control, confirmed.reason);
            }),
        });
    }

    /// What the operator has to know before.
    fn effect(&self, service: ServiceId, after: &str) -> String {
        let lanes = self.live.news.lanes().unwrap_or_default();
        match lanes.iter().find(|lanes| lanes.service == service) {
            Some(lanes) => format!("{} {} {after}.", finishing(lanes), staying(lanes)),
            None => format!("It finishes what it has begun and takes nothing new {after}."),
        }
    }

    fn send(self, service: ServiceId, control: Control, reason: String) {
        self.sending.set(Some((service, control)));
        spawn_local(async move {
            let answer = command_service(service, control, reason.clone()).await;
            let _ = self.sending.try_set(None);
            match answer {
                Ok(given) => {
                    let _ = self.awaited.try_update(|awaited| awaited.push((service, given)));
                }
                Err(failure) => {
                    let again = move || self.send(service, control, reason.clone());
                    self.toasts.failed(format!("{} {service}: {failure}", control.label()), failure.request_id, again);
                }
            }
        });
    }

    /// Tells how a command ended if this page gave it.
    fn heard(self, command: &Command) {
        let place = |awaited: &Vec<_>| awaited.iter().position(|(_, given): &(_, GivenCommand)| given.id == command.id);
        let Some(place) = self.awaited.with_untracked(place).filter(|_| !command.outcome.is_open()) else { return };
        let Some((_, given)) = self.awaited.try_update(|awaited| awaited.swap_remove(place)) else { return };
        let more = command.message.as_deref().unwrap_or_default();
        let Command { service, command: control, outcome, .. } = command;
        if *outcome == CommandState::Succeeded {
            let more = if more.is_empty() { format!("{} succeeded.", control.label()) } else { more.to_owned() };
            self.toasts.done(format!("{service}: {more}"));
        } else {
            let words = format!("{service}: {} – {}. {more}", control.label(), outcome.label());
            let (service, control) = (*service, *control);
            self.toasts.failed(words.trim().to_owned(), Some(given.request_id), move || self.ask(service, control));
        }
    }
}

fn finishing(lanes: &LaneCounts) -> String {
    match lanes.running {
        0 => "No job is running.".to_owned(),
        1 => "1 running job will finish first.".to_owned(),
        many => format!("{} running jobs will finish first.", format::count(&many.to_string())),
    }
}

fn staying(lanes: &LaneCounts) -> String {
    match lanes.priority + lanes.background + lanes.retrying {
        0 => "Jobs that are queued meanwhile wait".to_owned(),
        1 => "1 waiting job stays queued".to_owned(),
        many => format!("{} waiting jobs stay queued", format::count(&many.to_string())),
    }
}
