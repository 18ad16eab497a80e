//! What our own services are told: heard on `service:commands`, taken up at once, passed on to the services.
//!
//! What is wanted of a service stands in Redis, so that a worker that starts later knows it, and a message that was missed
//! is made up for by the next look.

use std::time::Duration;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::model::command::{Answer, CommandId, CommandState, OutcomeMessage};
use crate::model::service::{BuiltIn, Control};
use crate::server::commands::{CommandError, Commands, Standing, Wanted};
use crate::server::worker::wall_clock;

/// How often to look, also when nothing is heard.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// How long to wait before the way to Redis is tried again.
const RETRY: Duration = Duration::from_millis(500);

/// Hears for the three services of this process.
pub struct Ear {
    commands: Commands,
    instance: String,
    told: [watch::Sender<Option<Standing>>; 3],
}

/// One service's orders.
pub struct Orders {
    commands: Commands,
    service: BuiltIn,
    instance: String,
    told: watch::Receiver<Option<Standing>>,
    /// The command that was ended here last: the ear may hear of that later.
    ended: Option<CommandId>,
}

impl Ear {
    /// An ear that has heard nothing yet; `instance` is the name of this copy of the services.
    pub fn new(commands: Commands, instance: String) -> Self {
        Self { commands, instance, told: BuiltIn::ALL.map(|_| watch::Sender::new(None)) }
    }

    /// The name of this copy of the services.
    pub fn instance(&self) -> &str {
        &self.instance
    }

    /// What that service is told from now on.
    pub fn orders(&self, service: BuiltIn) -> Orders {
        let (commands, instance) = (self.commands.clone(), self.instance.clone());
        Orders { commands, service, instance, told: self.told[service as usize].subscribe(), ended: None }
    }

    /// Listens until `shutdown`, and again after each fault.
    pub async fn listen(self, shutdown: CancellationToken) {
        let listening = async {
            loop {
                if let Err(error) = self.listen_on_one_connection().await {
                    tracing::debug!(%error, "Commands are not heard for a moment");
                }
                tokio::time::sleep(RETRY).await;
            }
        };
        shutdown.run_until_cancelled(listening).await;
    }

    async fn listen_on_one_connection(&self) -> Result<(), CommandError> {
        let listener = self.commands.listener().await?;
        loop {
            // One look is enough for all that was said meanwhile.
            self.look().await?;
            if let Ok(false) = tokio::time::timeout(LOOK_EVERY, listener.hears()).await {
                return Ok(());
            }
        }
    }

    /// Takes up what is new and tells the services.
    async fn look(&self) -> Result<(), CommandError> {
        let mut standings = self.commands.standings(&BuiltIn::ALL).await?;
        let mut has_news = false;
        for (service, standing) in BuiltIn::ALL.into_iter().zip(&standings) {
            if let Some((id, _, CommandState::Requested)) = &standing.command {
                has_news = true;
                let accepted = answer(id, service, &self.instance, Answer::Accepted, None);
                self.commands.say(&accepted).await?;
            }
        }
        if has_news {
            standings = self.commands.standings(&BuiltIn::ALL).await?;
        }
        for (told, standing) in self.told.iter().zip(standings) {
            told.send_if_modified(|known| {
                let is_news = known.as_ref() != Some(&standing);
                *known = Some(standing);
                is_news
            });
        }
        Ok(())
    }
}

impl Orders {
    /// What the service is wanted to do; `None` until that is known.
    pub fn wanted(&self) -> Option<Wanted> {
        self.told.borrow().as_ref().map(|standing| standing.wanted)
    }

    /// The command it is at.
    pub fn command(&self) -> Option<(CommandId, Control)> {
        let told = self.told.borrow();
        let (id, control, state) = told.as_ref()?.command.as_ref()?;
        let is_at_it = *state == CommandState::Accepted && self.ended.as_ref() != Some(id);
        is_at_it.then(|| (id.clone(), *control))
    }

    /// Waits until it is told something else.
    pub async fn changed(&mut self) {
        if self.told.changed().await.is_err() {
            // The ear is gone, and the program ends.
            std::future::pending().await
        }
    }

    /// Says what came of a command.
    pub async fn end(&mut self, command: &CommandId, outcome: Answer, message: String) -> Result<(), CommandError> {
        self.commands.say(&answer(command, self.service, &self.instance, outcome, Some(message))).await?;
        self.ended = Some(command.clone());
        Ok(())
    }
}

fn answer(
    id: &CommandId,
    service: BuiltIn,
    instance: &str,
    outcome: Answer,
    message: Option<String>,
) -> OutcomeMessage {
    let (id, instance) = (id.clone(), Some(instance.to_owned()));
    OutcomeMessage { id, service: service.id(), outcome, message, instance, timestamp: wall_clock() }
}
