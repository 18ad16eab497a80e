//! Integration tests on real parts: each starts a `redis-server` of its own on a free port.

#![expect(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod access;
mod api;
mod architecture;
mod audit;
mod auth;
mod bank;
mod clock_skew;
mod command_line;
mod commands;
mod connections;
mod controls;
mod core_banking;
mod deployment;
mod docs;
mod event_log;
mod examples;
mod healthcheck;
mod hub;
mod inbox;
mod job_lists;
mod job_pages;
mod jobs;
mod lanes;
mod log;
mod lost_answers;
mod lost_workers;
mod metrics;
mod openapi;
mod redis_password;
mod requested_work;
mod run_counts;
mod runs;
mod runs_api;
mod sandbox;
mod secrets;
mod security;
mod sign_in_limits;
mod status_stream;
mod support;
mod tokens;
mod upstream;
mod upstream_away;
mod worker;
mod worker_status;
