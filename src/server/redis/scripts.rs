//! The Lua scripts, one file each; what several of them share stands in files of its own and is put in front.
//!
//! A script is not a transaction: what may fail comes first and is checked. None re-encodes JSON.

/// A script that somebody's attempt goes with, which it writes down.
macro_rules! audited {
    ($file:literal) => {
        concat!(
            include_str!("scripts/now.lua"),
            include_str!("scripts/audit.lua"),
            include_str!(concat!("scripts/", $file))
        )
    };
}

/// A script that looks at sessions and API tokens alike.
macro_rules! about_credentials {
    ($file:literal) => {
        concat!(
            include_str!("scripts/now.lua"),
            include_str!("scripts/session_holder.lua"),
            include_str!("scripts/token_holder.lua"),
            include_str!("scripts/credential_holder.lua"),
            include_str!(concat!("scripts/", $file))
        )
    };
}

/// `append.lua`: one of our services reports.
pub const APPEND: &str = concat!(
    include_str!("scripts/now.lua"),
    include_str!("scripts/history.lua"),
    include_str!("scripts/record.lua"),
    include_str!("scripts/append.lua")
);

/// `adopt.lua`: somebody else's services report, or publish what is refused.
pub const ADOPT: &str = concat!(
    include_str!("scripts/now.lua"),
    include_str!("scripts/history.lua"),
    include_str!("scripts/record.lua"),
    include_str!("scripts/position.lua"),
    include_str!("scripts/reject.lua"),
    include_str!("scripts/adopt.lua")
);

/// `look.lua`: whether whoever follows the log may go on.
pub const LOOK: &str = include_str!("scripts/look.lua");

/// `tick.lua`: start a new count of positions.
pub const TICK: &str = concat!(include_str!("scripts/current_epoch.lua"), include_str!("scripts/tick.lua"));

/// `snapshot.lua`: all that is known at one position.
pub const SNAPSHOT: &str = concat!(
    include_str!("scripts/now.lua"),
    include_str!("scripts/current_epoch.lua"),
    include_str!("scripts/snapshot.lua")
);

/// `keep_lines.lua`: lines of services are kept.
pub const KEEP_LINES: &str = concat!(include_str!("scripts/now.lua"), include_str!("scripts/keep_lines.lua"));

/// `take_log_keeping.lua`: become the one who keeps them.
pub const TAKE_LOG_KEEPING: &str =
    concat!(include_str!("scripts/now.lua"), include_str!("scripts/take_log_keeping.lua"));

/// `leave_log_keeping.lua`: be that no longer.
pub const LEAVE_LOG_KEEPING: &str =
    concat!(include_str!("scripts/now.lua"), include_str!("scripts/leave_log_keeping.lua"));

/// `look_at_lines.lua`: whether whoever follows them may go on.
pub const LOOK_AT_LINES: &str = concat!(
    include_str!("scripts/now.lua"),
    include_str!("scripts/current_epoch.lua"),
    include_str!("scripts/look_at_lines.lua")
);

/// `open_stream.lua`: find out who asks for a stream, and take a lease for it.
pub const OPEN_STREAM: &str = concat!(include_str!("scripts/stream_leases.lua"), about_credentials!("open_stream.lua"));

/// `renew_streams.lua`: renew the leases of an instance.
pub const RENEW_STREAMS: &str = concat!(
    include_str!("scripts/now.lua"),
    include_str!("scripts/stream_leases.lua"),
    include_str!("scripts/renew_streams.lua")
);

/// `close_stream.lua`: give a lease back.
pub const CLOSE_STREAM: &str = include_str!("scripts/close_stream.lua");

/// `audit_note.lua`: an attempt and what came of it.
pub const AUDIT_NOTE: &str = audited!("audit_note.lua");

/// `session_start.lua`: somebody signed in.
pub const SESSION_START: &str = audited!("session_start.lua");

/// `session_read.lua`: who sends this request.
pub const SESSION_READ: &str = concat!(
    include_str!("scripts/now.lua"),
    include_str!("scripts/session_holder.lua"),
    include_str!("scripts/session_read.lua")
);

/// `credentials_check.lua`: which sessions and tokens are still good.
pub const CREDENTIALS_CHECK: &str = about_credentials!("credentials_check.lua");

/// `token_create.lua`: a new API token.
pub const TOKEN_CREATE: &str = audited!("token_create.lua");

/// `token_read.lua`: who sends this request with a token.
pub const TOKEN_READ: &str = concat!(
    include_str!("scripts/now.lua"),
    include_str!("scripts/token_holder.lua"),
    include_str!("scripts/token_read.lua")
);

/// `token_revoke.lua`: a token is of no use any more.
pub const TOKEN_REVOKE: &str = audited!("token_revoke.lua");

/// `sign_in_take.lua`: somebody tries to sign in.
pub const SIGN_IN_TAKE: &str = include_str!("scripts/sign_in_take.lua");

/// `sign_in_forgive.lua`: they did.
pub const SIGN_IN_FORGIVE: &str = include_str!("scripts/sign_in_forgive.lua");

/// `session_end.lua`: somebody signed out.
pub const SESSION_END: &str = include_str!("scripts/session_end.lua");

/// `sessions_end.lua`: an administrator ends sessions.
pub const SESSIONS_END: &str = audited!("sessions_end.lua");

/// `user_add.lua`: a new user.
pub const USER_ADD: &str = audited!("user_add.lua");

/// `user_change.lua`: a user's role, password or admission changes.
pub const USER_CHANGE: &str = audited!("user_change.lua");

/// `forget_service.lua`: a service is of the past.
pub const FORGET_SERVICE: &str = audited!("forget_service.lua");

/// A script about commands: what all of them share, then its own file.
macro_rules! about_commands {
    ($file:literal) => {
        concat!(
            include_str!("scripts/now.lua"),
            include_str!("scripts/audit.lua"),
            include_str!("scripts/commands.lua"),
            include_str!(concat!("scripts/", $file))
        )
    };
}

/// `issue_command.lua`: somebody asks something of a service.
pub const ISSUE_COMMAND: &str = about_commands!("issue_command.lua");

/// `answer_command.lua`: the service says what comes of it.
pub const ANSWER_COMMAND: &str = about_commands!("answer_command.lua");

/// `expire_commands.lua`: it says nothing.
pub const EXPIRE_COMMANDS: &str = about_commands!("expire_commands.lua");

/// `read_standings.lua`: what services have been told.
pub const READ_STANDINGS: &str = include_str!("scripts/read_standings.lua");

/// Numbers customers as users.
pub const MEET_CUSTOMERS: &str = include_str!("scripts/meet_customers.lua");

/// `meet_accounts.lua`: keeps a user's accounts and remembers which of them lack details.
pub const MEET_ACCOUNTS: &str = concat!(include_str!("scripts/now.lua"), include_str!("scripts/meet_accounts.lua"));

/// `close_accounts.lua`: marks what is no longer in a user's list of accounts as closed.
pub const CLOSE_ACCOUNTS: &str = concat!(include_str!("scripts/now.lua"), include_str!("scripts/close_accounts.lua"));

/// `store_balances.lua`: keeps an account's balances unless newer ones are kept.
pub const STORE_BALANCES: &str = include_str!("scripts/store_balances.lua");

/// `store_details.lua`: keeps an account's details and says whether they are news.
pub const STORE_DETAILS: &str = include_str!("scripts/store_details.lua");

/// A script about runs: what all of them share, then its own file.
macro_rules! about_runs {
    ($file:literal) => {
        concat!(
            include_str!("scripts/now.lua"),
            include_str!("scripts/run_schedule.lua"),
            include_str!(concat!("scripts/", $file))
        )
    };
}

/// `begin_run.lua`: begin a periodic run if one is due.
pub const BEGIN_RUN: &str = about_runs!("begin_run.lua");

/// `keep_run.lua`: its holder needs it for longer.
pub const KEEP_RUN: &str = about_runs!("keep_run.lua");

/// `end_run.lua`: its holder has done it, or gives it back.
pub const END_RUN: &str = about_runs!("end_run.lua");

/// `look_at_schedule.lua`: when the next run is due, and how far one is that is under way.
pub const LOOK_AT_SCHEDULE: &str = about_runs!("look_at_schedule.lua");

/// A script about jobs: what all of them share, then its own files.
macro_rules! about_jobs {
    ($($file:literal),+) => {
        concat!(
            include_str!("scripts/now.lua"),
            include_str!("scripts/job_lanes.lua"),
            $(include_str!(concat!("scripts/", $file))),+
        )
    };
}

/// `enqueue_job.lua`: queue a job or join one that waits, once for a request that may come again.
pub const ENQUEUE_JOB: &str = about_jobs!("audit.lua", "job_queueing.lua", "enqueue_job.lua");

/// `enqueue_jobs.lua`: the same for many subjects at once.
pub const ENQUEUE_JOBS: &str = about_jobs!("job_queueing.lua", "enqueue_jobs.lua");

/// `queue_round.lua`: begin a round if one is due, and queue its next users.
pub const QUEUE_ROUND: &str = about_jobs!("run_schedule.lua", "job_queueing.lua", "queue_round.lua");

/// `take_job.lua`: hand a job to a worker.
pub const TAKE_JOB: &str = about_jobs!("take_job.lua");

/// `renew_job.lua`: its holder needs it for longer.
pub const RENEW_JOB: &str = about_jobs!("renew_job.lua");

/// `complete_job.lua`: its holder has done it.
pub const COMPLETE_JOB: &str =
    about_jobs!("audit.lua", "run_schedule.lua", "count_into_run.lua", "job_ending.lua", "complete_job.lua");

/// `complete_and_take.lua`: its holder has done it and is handed another one in the same step.
pub const COMPLETE_AND_TAKE: &str = concat!(
    about_jobs!("audit.lua", "run_schedule.lua", "count_into_run.lua", "job_ending.lua"),
    "local function complete(KEYS, ARGV)\n",
    include_str!("scripts/complete_job.lua"),
    "end\nlocal function take(KEYS, ARGV)\n",
    include_str!("scripts/take_job.lua"),
    "end\n",
    include_str!("scripts/complete_and_take.lua")
);

/// `fail_job.lua`: its holder has failed at it.
pub const FAIL_JOB: &str =
    about_jobs!("audit.lua", "run_schedule.lua", "count_into_run.lua", "job_ending.lua", "fail_job.lua");

/// `release_job.lua`: its holder gives it back.
pub const RELEASE_JOB: &str = about_jobs!("release_job.lua");

/// `count_jobs.lua`: how many jobs are where.
pub const COUNT_JOBS: &str = about_jobs!("count_jobs.lua");

/// `list_jobs.lua`: the jobs in one place, page by page.
pub const LIST_JOBS: &str = about_jobs!("list_jobs.lua");

/// `retry_jobs.lua`: somebody wants jobs to be tried again.
pub const RETRY_JOBS: &str = about_jobs!("audit.lua", "job_changes.lua", "retry_jobs.lua");

/// `discard_jobs.lua`: somebody does not want jobs to be done.
pub const DISCARD_JOBS: &str = about_jobs!(
    "audit.lua",
    "run_schedule.lua",
    "count_into_run.lua",
    "job_ending.lua",
    "job_changes.lua",
    "discard_jobs.lua"
);
