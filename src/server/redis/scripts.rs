//! The Lua scripts, one file each.

/// Numbers customers as users.
pub const MEET_CUSTOMERS: &str = include_str!("scripts/meet_customers.lua");

/// Keeps a user's accounts and remembers which of them lack details.
pub const MEET_ACCOUNTS: &str = include_str!("scripts/meet_accounts.lua");

/// Claims a periodic run if it is due.
pub const CLAIM_RUN: &str = include_str!("scripts/claim_run.lua");

/// Queues a job and writes its record.
pub const ENQUEUE_JOB: &str = include_str!("scripts/enqueue_job.lua");

/// Hands the next job to a worker.
pub const TAKE_JOB: &str = include_str!("scripts/take_job.lua");

/// Hands a job that its worker left behind to another one.
pub const TAKE_OVER_JOB: &str = include_str!("scripts/take_over_job.lua");

/// Ends a job, once.
pub const FINISH_JOB: &str = include_str!("scripts/finish_job.lua");

/// Counts the jobs that wait.
pub const COUNT_JOBS: &str = include_str!("scripts/count_jobs.lua");
