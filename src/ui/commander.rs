//! What an operator asks of services from the page: asked before where that is due, sent, and told when it has ended.

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api::command_service::command_service;
use crate::live::Live;
use crate::live::table::digest::Digest;
use crate::model::command::{Command, CommandState};
use crate::model::job_list::LaneCounts;
use crate::model::service::{BuiltIn, Control, ServiceId};
use crate::ui::components::confirmation::{Confirmation, Confirmed, Question};
use crate::ui::components::live_page::Frame;
use crate::ui::errands::Errands;
use crate::ui::format;
use crate::ui::order_book::{Awaited, Fate, OrderBook};

/// What the buttons of all rows share. Copying it shares it.
#[derive(Clone, Copy)]
pub struct Commander {
    live: Live,
    errands: Errands,
    dialog: Confirmation,
}

impl Commander {
    /// One that asks by that dialog, and tells how commands ended, also those that were given from the pages before.
    pub fn new(live: Live, errands: Errands, dialog: Confirmation) -> Self {
        // Whether or not the page shows its row: a filter may have taken it away. A quick end is there before the answer.
        Effect::new(move |_| {
            for service in errands.orders.with(OrderBook::awaited) {
                let row = live.table.row(service).get();
                match row.map(|row| row.command) {
                    Some(Some(latest)) => hear(errands, &latest),
                    Some(None) => {}
                    None => errands.orders.update(|orders| orders.forget(service)),
                }
            }
        });
        Self { live, errands, dialog }
    }

    /// What is under way at that service, of which that is the latest command that is known.
    pub fn under_way(&self, service: ServiceId, latest: Option<&Command>) -> Option<Control> {
        self.errands.orders.with(|orders| orders.under_way(service, latest))
    }

    /// Asks something of a service; of the operator first, where it takes something away.
    pub fn ask(self, service: ServiceId, control: Control) {
        let after = match control {
            Control::Stop => "until it is started again",
            Control::Restart => "until it has begun anew",
            _ => return send(self.errands, service, control, String::new()),
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
                send(self.errands, service, control, confirmed.reason);
            }),
        });
    }

    /// What the operator has to know before.
    fn effect(&self, service: ServiceId, after: &str) -> String {
        let lanes = self.live.news.lanes().unwrap_or_default();
        match lanes.iter().find(|lanes| lanes.service == service) {
            Some(lanes) => format!("{} {} {after}.", finishing(lanes), staying(lanes)),
            None if BuiltIn::of(service).is_some() => {
                format!("It finishes what it has begun and takes nothing new {after}.")
            }
            None => {
                let row = self.live.table.row(service).get();
                let asked = format!(
                    "It is asked to finish what it has begun and to take nothing new {after}; what it does is its own to say."
                );
                match row.map_or(0, |row| Digest::of(&row).waiting) {
                    0 => asked,
                    1 => format!("{asked} It says that 1 job waits."),
                    many => format!("{asked} It says that {} jobs wait.", format::count(&many.to_string())),
                }
            }
        }
    }
}

/// Sends a command; whatever comes of it is told on the page that is open then.
fn send(errands: Errands, service: ServiceId, control: Control, reason: String) {
    let Errands { orders, .. } = errands;
    if orders.try_update(|orders| orders.send(service, control)) != Some(true) {
        return;
    }
    spawn_local(async move {
        match command_service(service, control, reason.clone()).await {
            Ok(given) => {
                let _ = orders.try_update(|orders| orders.take(service, control, given));
            }
            Err(failure) => {
                let _ = orders.try_update(|orders| orders.refuse(service));
                let again = move |_| send(errands, service, control, reason.clone());
                errands.failed(format!("{} {service}: {failure}", control.label()), failure.request_id, again);
            }
        }
    });
}

/// Tells what became of the commands that were given from here, now that the latest one of their service stands there.
fn hear(errands: Errands, latest: &Command) {
    // Most reports say nothing of a command, and then nobody has to look again.
    let hear = |orders: &mut OrderBook| {
        let fates = orders.hear(latest);
        (!fates.is_empty(), fates)
    };
    for fate in errands.orders.try_maybe_update(hear).unwrap_or_default() {
        match fate {
            Fate::Ended(awaited) => tell(errands, awaited, latest),
            Fate::Overtaken(Awaited { service, control, given }) => {
                let words = "another command came after it, and its end was not heard. The audit has it.";
                errands.toasts.bad(format!("{service}: {} – {words}", control.label()), Some(given.request_id));
            }
        }
    }
}

/// Tells how a command ended.
fn tell(errands: Errands, Awaited { service, control, given }: Awaited, ended: &Command) {
    let more = ended.message.as_deref().unwrap_or_default();
    if ended.outcome == CommandState::Succeeded {
        let more = if more.is_empty() { format!("{} succeeded.", control.label()) } else { more.to_owned() };
        errands.toasts.done(format!("{service}: {more}"));
    } else {
        let words = format!("{service}: {} – {}. {more}", control.label(), ended.outcome.label());
        let again = move |page: Frame| {
            if let Some(commander) = page.commander {
                commander.ask(service, control);
            }
        };
        errands.failed(words.trim().to_owned(), Some(given.request_id), again);
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
