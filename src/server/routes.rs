//! JSON and event-stream endpoints, one file each.

pub mod audit;
pub mod command;
pub mod health;
pub mod history;
pub mod job;
pub mod job_change;
pub mod login;
pub mod logout;
pub mod logs;
pub mod metrics;
pub mod once;
pub mod openapi;
pub mod request_values;
pub mod runs;
pub mod session;
pub mod status;
pub mod status_stream;
pub mod stream_opening;
pub mod trigger;
