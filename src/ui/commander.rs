//! What an operator asks of services from the page: asked before where that is due, sent, and told when it has ended.

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api::command_service::command_service;
use crate::live::Live;
use crate::model::command::{Command, CommandId, CommandState};
use crate::model::job_list::LaneCounts;
use crate::model::service::{Control, ServiceId};
use crate::ui::components::confirmation::{Confirmation, Question};
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
    /// Given from this page, and without an end yet.
    awaited: StoredValue<Vec<CommandId>>,
}

impl Commander {
    /// One that asks by that dialog and tells by those messages.
    pub fn new(live: Live, toasts: Toasts, dialog: Confirmation) -> Self {
        let (sending, awaited) = (RwSignal::new(None), StoredValue::new(Vec::new()));
        Self { live, toasts, dialog, sending, awaited }
    }

    /// What is on its way to the server for that service.
    pub fn sending(&self, service: ServiceId) -> Option<Control> {
        self.sending.get().filter(|(whom, _)| *whom == service).map(|(_, control)| control)
    }

    /// Asks something of a service; of the operator first, where it takes something away.
    pub fn ask(self, service: ServiceId, control: Control) {
        let Some(effect) = self.effect(service, control) else { return self.send(service, control, String::new()) };
        let verb = control.label();
        self.dialog.ask(Question {
            title: format!("{verb} {service}?"),
            body: effect,
            button: format!("{verb} {service}"),
            is_destructive: control == Control::Stop,
            wants_reason: true,
            act: Callback::new(move |reason| {
                self.dialog.close();
                self.send(service, control, reason);
            }),
        });
    }

    /// What the operator has to know before; `None` where nothing is asked.
    fn effect(&self, service: ServiceId, control: Control) -> Option<String> {
        let after = match control {
            Control::Stop => "until it is started again",
            Control::Restart => "until it has begun anew",
            _ => return None,
        };
        let lanes = self.live.news.lanes().unwrap_or_default();
        Some(match lanes.iter().find(|lanes| lanes.service == service) {
            Some(lanes) => format!("{} {} {after}.", finishing(lanes), staying(lanes)),
            None => format!("It finishes what it has begun and takes nothing new {after}."),
        })
    }

    fn send(self, service: ServiceId, control: Control, reason: String) {
        self.sending.set(Some((service, control)));
        spawn_local(async move {
            let answer = command_service(service, control, reason).await;
            let _ = self.sending.try_set(None);
            match answer {
                Ok(id) => {
                    self.awaited.try_update_value(|awaited| awaited.push(id));
                    // A quick end is there before the answer.
                    if let Some(command) = self.live.table.command(service) {
                        self.heard(&command);
                    }
                }
                Err(refusal) => self.toasts.failed(refusal.to_string()),
            }
        });
    }

    /// Hears where a command stands, and tells how it ended if this page gave it.
    pub fn heard(&self, command: &Command) {
        let is_ours = |awaited: &mut Vec<CommandId>| {
            let place = awaited.iter().position(|id| *id == command.id)?;
            Some(awaited.remove(place))
        };
        if command.outcome.is_open() || self.awaited.try_update_value(is_ours).flatten().is_none() {
            return;
        }
        let more = command.message.as_deref().unwrap_or_default();
        let Command { service, command: control, outcome, .. } = command;
        if *outcome == CommandState::Succeeded {
            let more = if more.is_empty() { format!("{} succeeded.", control.label()) } else { more.to_owned() };
            self.toasts.done(format!("{service}: {more}"));
        } else {
            self.toasts
                .failed(format!("{service}: {} – {}. {more}", control.label(), outcome.label()).trim().to_owned());
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
