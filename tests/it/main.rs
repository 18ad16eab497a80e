//! Integration tests on real parts: each starts a `redis-server` of its own on a free port.

#![expect(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod access;
mod architecture;
mod auth;
mod core_banking;
mod deployment;
mod event_log;
mod healthcheck;
mod hub;
mod inbox;
mod security;
mod status_stream;
mod support;
mod worker;
mod worker_status;
