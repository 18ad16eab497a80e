//! A round of balance-sync: a job for every user who has an open account, queued in steps that any worker may take.

use redis::Script;

use crate::model::service::BuiltIn;
use crate::server::redis::{keys, scripts};
use crate::server::worker::queue::{Jobs, QueueError, call, new_id};
use crate::server::worker::schedule::{KEPT, LISTED, Schedule};

/// How many users one step looks at: few enough that nobody else waits long for Redis.
pub const USERS_AT_ONCE: usize = 500;

/// What the record says of a round whose jobs are gone.
const JOBS_GONE: &str = "Some of its jobs are gone and were not counted.";

impl Jobs {
    /// Begins a round if one is due by `schedule`, and queues the next users of the round under way, up to `users_at_once`. Jobs
    /// that wait already are joined. `worker` is kept for people. Answers whether users are still to be queued.
    pub async fn queue_round(
        &self,
        schedule: &Schedule,
        worker: &str,
        users_at_once: usize,
    ) -> Result<bool, QueueError> {
        let service = BuiltIn::BalanceSync;
        let run = new_id();
        let script = Script::new(scripts::QUEUE_ROUND);
        let mut call = call(&script, service);
        call.key(keys::schedule(service)).key(keys::runs(service)).key(keys::run(&run));
        call.key(keys::BANK_USERS).key(keys::BANK_CLOSED);
        call.arg(schedule.interval().as_millis() as u64).arg(run).arg(worker).arg(KEPT.as_secs()).arg(LISTED);
        call.arg(keys::BANK_ACCOUNTS_PREFIX).arg(JOBS_GONE);
        for _ in 0..users_at_once {
            call.arg(new_id());
        }
        let left: i64 = call.invoke_async(&mut self.redis.commands()).await?;
        Ok(left > 0)
    }
}
