//! Every key and channel. Public ones follow the contract; everything private lives under `sm:`.

use crate::model::job::Lane;
use crate::model::service::{BuiltIn, ServiceId};

/// The pattern every instance's inbox subscribes to.
pub const SERVICE_PATTERN: &str = "service:*";

/// The channel that log lines are published on.
pub const LOGS_CHANNEL: &str = "service:logs";

/// The channel that measurements are published on.
pub const METRICS_CHANNEL: &str = "service:metrics";

/// The channel that commands are published on.
pub const COMMANDS_CHANNEL: &str = "service:commands";

/// The channel that services answer commands on.
pub const OUTCOMES_CHANNEL: &str = "service:commands:outcomes";

/// The channel that carries the numbers by which every inbox counts positions.
pub const TICK_CHANNEL: &str = "sm:tick";

/// The stream of accepted changes.
pub const EVENTS: &str = "sm:events";

/// Hash: service id → its latest message with its entry and Redis's time.
pub const STATUS: &str = "sm:status";

/// Hash: the epoch and the `run_id` of the Redis server it belongs to.
pub const EPOCH: &str = "sm:epoch";

/// Hash: service id → the position of the last message adopted for it.
pub const ADOPTED: &str = "sm:adopted";

/// Hash: service id → state and time of its last history entry.
pub const HISTORY_MARKS: &str = "sm:history-marks";

/// Hash: counts of what the inbox refused and of failed history writes.
pub const COUNTERS: &str = "sm:counters";

/// List: the last messages the inbox refused.
pub const REJECTED: &str = "sm:rejected";

/// Stream: the latest lines of all services.
pub const LOGS: &str = "sm:logs";

/// What the key of every service's lines starts with.
pub const LOGS_PREFIX: &str = "sm:logs:";

/// Stream: the latest lines of a service, under the ids they have in [`LOGS`].
pub fn logs(id: ServiceId) -> String {
    format!("{LOGS_PREFIX}{id}")
}

/// Sorted set: the services of which lines are kept, scored by when one came last, in ms by Redis's clock.
pub const LOG_SERVICES: &str = "sm:log-services";

/// Hash: who keeps lines, until when, and the last batch that was kept. Also the channel on which that changes.
pub const LOG_KEEPER: &str = "sm:log-keeper";

/// The channel a service publishes its status on.
pub fn status_channel(id: ServiceId) -> String {
    format!("service:{id}")
}

/// Sorted set: a service's history, scored by Redis's time in ms.
pub fn history(id: ServiceId) -> String {
    format!("service:history:{id}")
}

/// What the key of every user's leases starts with.
pub const STREAM_LEASES_PREFIX: &str = "sm:streams:";

/// Hash: the open streams of a user, by tab: the token of the lease and when it runs out, in ms by Redis's clock.
pub fn stream_leases(user: &str) -> String {
    format!("{STREAM_LEASES_PREFIX}{user}")
}

/// Set: the names of all who may sign in, disabled ones included.
pub const CONSOLE_USERS: &str = "sm:console-users";

/// What the key of every console user starts with.
pub const CONSOLE_USER_PREFIX: &str = "sm:console-user:";

/// What the key of every session starts with.
pub const SESSION_PREFIX: &str = "sm:session:";

/// What the key of every user's set of sessions starts with.
pub const SESSIONS_OF_PREFIX: &str = "sm:sessions-of:";

/// Hash: someone who may sign in: role, password hash, disabled, created.
pub fn console_user(name: &str) -> String {
    format!("{CONSOLE_USER_PREFIX}{name}")
}

/// Hash: a session, by the SHA-256 of its id: user, created, seen, address, agent; times in ms by Redis's
/// clock.
pub fn session(key: &str) -> String {
    format!("{SESSION_PREFIX}{key}")
}

/// Sorted set: the sessions of a user, scored by the time they end at the latest, in ms by Redis's clock.
pub fn sessions_of(user: &str) -> String {
    format!("{SESSIONS_OF_PREFIX}{user}")
}

/// What the key of every API token starts with.
pub const TOKEN_PREFIX: &str = "sm:token:";

/// Set: the SHA-256 of every API token.
pub const TOKENS: &str = "sm:tokens";

/// Hash: an API token, by its SHA-256: user, name, role, created, used; times in ms by Redis's clock.
pub fn token(key: &str) -> String {
    format!("{TOKEN_PREFIX}{key}")
}

/// Count: failed attempts to sign in at an account, by the SHA-256 of the name that was given.
pub fn sign_ins_at(account: &str) -> String {
    format!("sm:sign-ins:at:{account}")
}

/// Count: failed attempts to sign in from an address.
pub fn sign_ins_from(address: &str) -> String {
    format!("sm:sign-ins:from:{address}")
}

/// Stream: what people who are known did or tried.
pub const AUDIT: &str = "sm:audit";

/// Hash: entry of [`AUDIT`] → what came of it.
pub const AUDIT_OUTCOMES: &str = "sm:audit:outcomes";

/// Hash: how many attempts of somebody known were refused lately, the last one with a record of its own, and what came of it.
pub fn audit_refusals(user: &str) -> String {
    format!("sm:audit:refusals:{user}")
}

/// Stream: what people who are not known tried.
pub const AUDIT_ANONYMOUS: &str = "sm:audit:anonymous";

/// What the key of every command's record starts with.
pub const COMMAND_PREFIX: &str = "sm:command:";

/// Hash: service id → its command that has not ended.
pub const ACTIVE_COMMANDS: &str = "sm:commands:active";

/// Sorted set: the commands that have not ended, scored by the time they may take, in ms by Redis's clock.
pub const OPEN_COMMANDS: &str = "sm:commands:open";

/// Hash: service id → the latest command it was given.
pub const LATEST_COMMANDS: &str = "sm:commands:latest";

/// Hash: service id → what it is wanted to do: `running`, `paused`, `stopped` or `restarting`; nothing said is `running`. Scripts
/// know it by this name.
pub const WANTED: &str = "sm:wanted";

// The bank's data and the jobs of the worker.

/// Hash: user number → the customer it stands for, as JSON.
pub const BANK_USERS: &str = "sm:bank:users";

/// Hash: the core banking system's customer id → user number.
pub const BANK_CUSTOMERS: &str = "sm:bank:customers";

/// Hash: account number → its latest balances, as JSON.
pub const BANK_BALANCES: &str = "sm:bank:balances";

/// Hash: account number → its details, as JSON.
pub const BANK_DETAILS: &str = "sm:bank:details";

/// Set: the accounts whose details are not known yet.
pub const BANK_LACKING_DETAILS: &str = "sm:bank:lacking-details";

/// Hash: account number → when a discovery found it closed, in ms by Redis's clock. It stays among its user's accounts.
pub const BANK_CLOSED: &str = "sm:bank:closed";

/// Hash: account number → when a list had it that was not known, or was closed, in ms by Redis's clock.
pub const BANK_MET: &str = "sm:bank:met";

/// Hash: account number → the number of the user whose account it is. Scripts know it by this name.
pub const BANK_OWNERS: &str = "sm:bank:owners";

/// Sorted set: the names of instances that tell what they measure, each with the time at which it last did, in ms.
pub const DASHBOARDS: &str = "sm:dashboards";

/// What that instance measured, as JSON; gone when it tells nothing more.
pub fn dashboard_of(instance: &str) -> String {
    format!("sm:dashboard:{instance}")
}

/// The channel on which scripts tell the number of a user whose accounts may have news.
pub const ACCOUNT_CHANNEL: &str = "sm:account";

/// The time of the latest discovery that came to its end, in ms by Redis's clock.
pub const BANK_DISCOVERED: &str = "sm:bank:discovered";

/// What the key of every job's record starts with.
pub const JOB_PREFIX: &str = "sm:job:";

/// What the key of every user's set of accounts starts with.
pub const BANK_ACCOUNTS_PREFIX: &str = "sm:bank:accounts:";

/// Set: the numbers of a user's accounts, closed ones included.
pub fn bank_accounts(user_id: u64) -> String {
    format!("{BANK_ACCOUNTS_PREFIX}{user_id}")
}

/// Hash: when a service's latest periodic run began, and what is known of the one under way; times in ms by Redis's clock.
/// Scripts know it by this name.
pub fn schedule(service: BuiltIn) -> String {
    format!("sm:schedule:{}", service.name())
}

/// Sorted set: the latest runs of a service, scored by the time they began, in ms by Redis's clock.
pub fn runs(service: BuiltIn) -> String {
    format!("sm:runs:{}", service.name())
}

/// Hash: the record of one run.
pub fn run(id: &str) -> String {
    format!("sm:run:{id}")
}

/// Stream: the jobs of one service in one lane that wait or are worked on.
pub fn jobs(service: BuiltIn, lane: Lane) -> String {
    format!("sm:jobs:{}:{}", service.name(), lane.name())
}

/// Sorted set: a service's jobs being worked on, scored by the time their lease runs out, in ms by Redis's clock.
pub fn job_leases(service: BuiltIn) -> String {
    format!("sm:jobs:{}:leases", service.name())
}

/// Sorted set: a service's jobs to be tried again, scored by the time they are due, in ms by Redis's clock.
pub fn job_retries(service: BuiltIn) -> String {
    format!("sm:jobs:{}:retries", service.name())
}

/// Sorted set: a service's jobs that failed for good, scored by the time they did, in ms by Redis's clock.
pub fn dead_jobs(service: BuiltIn) -> String {
    format!("sm:jobs:{}:dead", service.name())
}

/// Sorted set: a service's jobs that were done lately, scored by the time they were, in ms by Redis's clock. Scripts make
/// this name themselves.
pub fn done_jobs(service: BuiltIn) -> String {
    format!("sm:jobs:{}:done", service.name())
}

/// Hash: number of a user or an account → its newest jobs of a service, newest first. Scripts make this name themselves.
pub fn jobs_about(service: BuiltIn) -> String {
    format!("sm:jobs:{}:about", service.name())
}

/// Hash: number of a user or an account → a service's job about it that no worker has.
pub fn queued_jobs(service: BuiltIn) -> String {
    format!("sm:jobs:{}:queued", service.name())
}

/// Text: the job that a request with that key made, and the request's fingerprint.
pub fn once(key: &str) -> String {
    format!("sm:once:{key}")
}

/// Hash: the record of one command.
pub fn command(id: &str) -> String {
    format!("{COMMAND_PREFIX}{id}")
}

/// Hash: the record of one job.
pub fn job(id: &str) -> String {
    format!("{JOB_PREFIX}{id}")
}
