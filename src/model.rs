//! The vocabulary that server and browser share: wire messages and the pure rules over them.
//!
//! Nothing here does input or output, reads a clock, or imports another room of this crate.

pub mod account;
pub mod audit;
pub mod console;
pub mod event;
pub mod job;
pub mod json_text;
pub mod lenient;
pub mod service;
pub mod status;
pub mod user;
