//! The vocabulary that server and browser share: wire messages and the pure rules over them.
//!
//! Nothing here does input or output, reads a clock, or imports another room of this crate.

pub mod account;
pub mod account_list;
pub mod administration;
pub mod audit;
pub mod audit_list;
pub mod command;
pub mod console;
pub mod dashboard;
pub mod event;
pub mod job;
pub mod job_history;
pub mod job_list;
pub mod json_text;
pub mod lenient;
pub mod letters;
pub mod log;
pub mod run;
pub mod service;
pub mod service_events;
pub mod status;
pub mod timeline;
pub mod user;
