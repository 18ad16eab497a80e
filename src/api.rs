//! Server functions: what the browser calls, one per file.
//!
//! Each is a public POST endpoint under `/fn`, so the first line of every body is its guard. Bodies are the only
//! place outside `server` that may name `crate::server`. Endpoints are spelled out: derived ones would hash the
//! path of the checkout, and two instances built apart would disagree.

pub mod accounts_page;
pub mod add_user;
pub mod administration;
pub mod audit_page;
pub mod command_service;
pub mod console;
pub mod create_token;
pub mod dashboard;
pub mod discard_jobs;
pub mod end_all_sessions;
pub mod end_session;
pub mod error;
pub mod failure;
pub mod forget_service;
pub mod job_detail;
pub mod job_outcome;
pub mod jobs_page;
pub mod log_page;
pub mod reset_password;
pub mod retry_jobs;
pub mod revoke_token;
pub mod search_users;
pub mod service_events;
pub mod service_timeline;
pub mod services_snapshot;
pub mod set_user_disabled;
pub mod set_user_role;
pub mod sync_balance;
