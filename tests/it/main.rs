//! Integration tests on real parts: each starts a `redis-server` of its own on a free port.

#![expect(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod access;
mod architecture;
mod auth;
mod connections;
mod core_banking;
mod event_log;
mod hub;
mod inbox;
mod log;
mod metrics;
mod security;
mod sign_in_limits;
mod status_stream;
mod support;
mod tokens;
mod worker;
mod worker_status;
