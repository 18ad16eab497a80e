//! What became of the latest command, as long as an operator has to know.

use leptos::prelude::*;

use crate::live::clock::Clock;
use crate::model::command::{Command, CommandState};
use crate::model::service::Control;
use crate::ui::components::time_ago::TimeAgo;

/// A command that has not ended, or did not succeed and why; nothing otherwise, because the state shows it.
#[component]
pub fn CommandNote(
    /// The latest command.
    command: Memo<Option<Command>>,
    /// The page's clock.
    clock: Clock,
) -> impl IntoView {
    move || {
        let command = command.get().filter(|command| command.outcome != CommandState::Succeeded)?;
        let is_open = command.outcome.is_open();
        let words = if is_open {
            format!("{} requested by {}", gerund(command.command), command.actor)
        } else {
            format!("{} by {}: {}", command.command.label(), command.actor, command.outcome.label())
        };
        let moment = if is_open { command.requested_at } else { command.changed_at };
        let class = if is_open { "command-note" } else { "command-note command-note-bad" };
        // Why it failed; it may be long, so a tooltip has all of it.
        let message = command.message.filter(|_| !is_open).map(|message| {
            view! { <span class="command-message" title=message.clone()>{message.clone()}</span> }
        });
        Some(view! {
            <p class=class data-command=command.outcome.name()>
                {words} " " <TimeAgo moment clock/> {message}
            </p>
        })
    }
}

const fn gerund(control: Control) -> &'static str {
    match control {
        Control::Trigger => "Triggering…",
        Control::Start => "Starting…",
        Control::Stop => "Stopping…",
        Control::Restart => "Restarting…",
        Control::Pause => "Pausing…",
        Control::Resume => "Resuming…",
    }
}
