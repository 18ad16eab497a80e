//! What the three services have in common: each takes jobs as they come, goes on with its periodic run between them,
//! waits when there is neither, and says so.

mod bell;
mod hand;
mod idle;
mod periodic;
mod phase;
mod service;
mod told;

use std::future::Future;
use std::pin::pin;
use std::time::{Duration, Instant};

use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio::task::{JoinError, JoinSet};
use tokio_util::sync::CancellationToken;

use crate::server::worker::ending::Ending;
use crate::server::worker::orders::{Ear, Orders};
use crate::server::worker::patience::{Patience, rest};
use crate::server::worker::queue::Taken;
use crate::server::worker::report::Reporter;
use crate::server::worker::runner::bell::Bell;
use crate::server::worker::runner::hand::Hand;
use crate::server::worker::runner::periodic::{Owed, UnderWay};
use crate::server::worker::schedule::Schedule;
use crate::server::worker::{WorkError, WorkerContext};

pub use crate::server::worker::runner::phase::Phase;
pub use crate::server::worker::runner::service::{Now, Opening, Progress, Service};

/// How often the queue lengths are read while something is being worked on, and the shortest time between two looks
/// whether a run is due.
const COUNT_EVERY: Duration = Duration::from_millis(100);

/// The longest time for which nothing is asked of a core banking system that is away.
const LONGEST_REST: Duration = Duration::from_secs(30);

/// How long jobs or a step under way may take to end after the shutdown; then they are given back.
const LONGEST_GOODBYE: Duration = Duration::from_secs(8);

/// One service at work.
pub struct Runner<S: Service> {
    context: WorkerContext,
    reporter: Reporter,
    schedule: Schedule,
    now: Now,
    bell: Bell,
    orders: Orders,
    /// The jobs under way, [`Service::AT_ONCE`] at most.
    hands: JoinSet<()>,
    /// How jobs ended, as the hands tell it.
    endings: (UnboundedSender<Ending>, UnboundedReceiver<Ending>),
    /// Those under way are the last ones for now.
    enough: CancellationToken,
    /// Jobs under way are to be given back.
    goodbye: CancellationToken,
    run: Option<UnderWay<S::Run>>,
    /// Some worker holds the run under way, as last looked.
    is_run_held: bool,
    looked_for_run: Option<Instant>,
    /// It was too soon to look again.
    looks_later: bool,
    /// The time until the next run is due, as last counted.
    until_due: Option<Duration>,
    /// When the queue lengths were read last.
    counted: Instant,
    /// A run broke off, and Redis has yet to hear that it is due again.
    owed: Option<Owed>,
    /// Nothing begins before, because core banking was away.
    not_before: Instant,
    patience: Patience,
}

impl<S: Service> Runner<S> {
    /// Prepares the service. Must be called inside a Tokio runtime.
    pub fn new(context: &WorkerContext, ear: &Ear) -> Self {
        let id = S::KIND.id();
        let interval = S::interval(&context.config);
        Self {
            context: context.clone(),
            reporter: Reporter::new(context.event_log.clone(), id, ear.instance().to_owned()),
            schedule: Schedule::new(context.redis.clone(), S::KIND, interval, context.jobs.timing().lease),
            now: Now { interval: interval.as_millis() as u64, ..Now::default() },
            bell: Bell::over(context.jobs.clone(), S::KIND),
            orders: ear.orders(S::KIND),
            hands: JoinSet::new(),
            endings: mpsc::unbounded_channel(),
            enough: CancellationToken::new(),
            goodbye: CancellationToken::new(),
            run: None,
            is_run_held: false,
            looked_for_run: None,
            looks_later: false,
            until_due: None,
            owed: None,
            counted: Instant::now(),
            not_before: Instant::now(),
            patience: Patience::new(id, context.jobs.timing().outage, LONGEST_REST),
        }
    }

    /// Runs until `shutdown`; jobs or a step under way are finished first, unless that takes too long.
    pub async fn run(mut self, shutdown: CancellationToken) {
        let mut patience = Patience::new(S::KIND.id(), Duration::from_millis(500), Duration::from_secs(10));
        self.enough = shutdown.child_token();
        while !shutdown.is_cancelled() {
            match self.turn(&shutdown).await {
                Ok(()) => patience.regained(),
                Err(error) => {
                    // Redis may have come back empty, and the rest of the run would leave out what went before.
                    self.break_off_run(format!("It broke off: {error}."));
                    rest(patience.lost(&error), &shutdown).await;
                }
            }
        }
        self.break_off_run("Its worker was told to end.".to_owned());
        if let Err(error) = self.give_back_run().await {
            tracing::warn!(service.id = %S::KIND.id(), %error, "A run that broke off is not due again before its time");
        }
        self.put_down_all().await;
    }

    async fn turn(&mut self, shutdown: &CancellationToken) -> Result<(), WorkError> {
        self.give_back_run().await?;
        if !self.is_to_work() {
            return self.stand_by(shutdown).await;
        }
        self.go_on_as_told().await?;
        if self.hands.is_empty() {
            self.hold_back(shutdown).await?;
        }
        if shutdown.is_cancelled() {
            return Ok(());
        }
        let is_resting = self.is_resting();
        if !is_resting {
            self.take_up().await?;
            self.look_for_run().await?;
        }
        if !self.hands.is_empty() {
            self.attend(shutdown).await;
            Ok(())
        } else if let Some(under_way) = self.run.take_if(|_| !is_resting) {
            self.go_on(under_way, shutdown).await
        } else {
            self.wait(shutdown).await
        }
    }

    /// Takes a job for each free hand, as far as there are any.
    async fn take_up(&mut self) -> Result<(), WorkError> {
        let was_idle = self.hands.is_empty() && self.run.is_none();
        let mut took_any = was_idle && self.take_up_first().await?;
        while self.hands.len() < S::AT_ONCE && (took_any || !was_idle) {
            let Some(taken) = self.context.jobs.take(S::KIND, self.reporter.instance()).await? else { break };
            self.begin_work(taken);
            took_any = true;
        }
        if took_any {
            self.show_work_in_passing().await;
        }
        Ok(())
    }

    /// Takes a job after nothing was done, and shows what waited until then, the job itself included. Both questions are
    /// asked at once, in this order, so that to be seen waiting costs a job no time. Who takes none says so later.
    async fn take_up_first(&mut self) -> Result<bool, WorkError> {
        let jobs = self.context.jobs.clone();
        let (waiting, taken) = tokio::join!(biased; jobs.counts(S::KIND), jobs.take(S::KIND, self.reporter.instance()));
        let Some(taken) = taken? else { return Ok(false) };
        self.begin_work(taken);
        let before = waiting?;
        self.now.is_working = self.is_at_work_elsewhere(&before);
        self.note_counts(&before);
        let status = self.status();
        self.reporter.report(status).await?;
        Ok(true)
    }

    fn begin_work(&mut self, taken: Taken) {
        let hand = Hand {
            context: self.context.clone(),
            worker: self.reporter.instance().to_owned(),
            endings: self.endings.0.clone(),
            enough: self.enough.clone(),
            goodbye: self.goodbye.clone(),
        };
        self.hands.spawn(hand.work::<S>(taken));
    }

    /// Waits until there may be something to begin, and shows meanwhile how jobs end and what comes to wait.
    async fn attend(&mut self, shutdown: &CancellationToken) {
        loop {
            let has_free_hand = self.hands.len() < S::AT_ONCE && !self.is_resting();
            tokio::select! {
                // Its hand goes on with the next job by itself.
                Some(ending) = self.endings.1.recv() => {
                    self.note(ending, shutdown);
                    continue;
                }
                Some(ended) = self.hands.join_next() => self.put_down(ended, shutdown),
                () = self.bell.rings(), if has_free_hand => {}
                () = tokio::time::sleep_until((self.counted + COUNT_EVERY).into()) => self.show_work_in_passing().await,
                () = self.orders.changed() => {}
                () = shutdown.cancelled() => {}
            }
            return;
        }
    }

    /// A hand is free. Whatever it had to tell has been told before.
    fn put_down(&mut self, ended: Result<(), JoinError>, shutdown: &CancellationToken) {
        if let Err(error) = ended {
            // Nobody renews its lease any more, so it counts as a lost worker's.
            tracing::error!(service.id = %S::KIND.id(), %error, "The work on a job broke off");
        }
        while let Ok(ending) = self.endings.1.try_recv() {
            self.note(ending, shutdown);
        }
    }

    /// Notes how a job under way ended.
    fn note(&mut self, ending: Ending, shutdown: &CancellationToken) {
        match ending {
            Ending::Done(_) => {
                // Core banking answers again, if it did not before.
                self.patience.regained();
                self.not_before = Instant::now();
                self.now.report.succeeded();
            }
            Ending::Failed(message) | Ending::Hopeless(message) => self.now.report.failed(message),
            Ending::Outage { reason, .. } => {
                // Several jobs under way meet the same outage.
                if !self.is_resting() {
                    self.not_before = Instant::now() + self.patience.lost(&reason);
                }
                self.enough.cancel();
                self.enough = shutdown.child_token();
                self.now.report.failed(reason);
            }
            Ending::CutShort => {}
        }
    }

    /// Lets jobs under way end, and gives back those that take too long.
    async fn put_down_all(&mut self) {
        let ending = async {
            while let Some(ended) = self.hands.join_next().await {
                if let Err(error) = ended {
                    tracing::error!(service.id = %S::KIND.id(), %error, "The work on a job broke off");
                }
            }
        };
        let hurry = async {
            tokio::time::sleep(LONGEST_GOODBYE).await;
            self.goodbye.cancel();
            std::future::pending().await
        };
        tokio::select! {
            () = ending => {}
            () = hurry => {}
        }
    }

    /// Does some work, and shows that it goes on and what comes to wait in the meantime.
    async fn meanwhile<T>(&mut self, work: impl Future<Output = Result<T, WorkError>>) -> Result<T, WorkError> {
        self.show_work().await?;
        let mut work = pin!(work);
        loop {
            tokio::select! {
                result = &mut work => return result,
                () = tokio::time::sleep(COUNT_EVERY) => self.show_work_in_passing().await,
            }
        }
    }

    /// The same where the work goes on in any case; whether Redis is back shows at its end.
    async fn show_work_in_passing(&mut self) {
        if let Err(error) = self.show_work().await {
            tracing::debug!(service.id = %S::KIND.id(), %error, "A report during work was not published");
        }
    }

    /// A job taken from the priority lane shows at once; a long background lane or run shows as it shrinks.
    async fn show_work(&mut self) -> Result<(), WorkError> {
        let before = (self.now.is_working, self.now.priority);
        self.now.is_working = true;
        self.count().await?;
        let status = self.status();
        if before == (true, self.now.priority) {
            Ok(self.reporter.progress(status).await?)
        } else {
            Ok(self.reporter.report(status).await?)
        }
    }
}
