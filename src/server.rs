//! Everything that runs on the server alone.

pub mod application;
pub mod audit;
pub mod auth;
pub mod command_line;
pub mod commands;
pub mod config;
pub mod connections;
pub mod control;
pub mod core_banking;
pub mod event_log;
pub mod events;
pub mod hub;
pub mod inbox;
pub mod instance;
pub mod job_changes;
pub mod metrics;
pub mod openapi;
pub mod page_news;
pub mod redis;
pub mod router;
pub mod routes;
pub mod shutdown;
pub mod streams;
pub mod telemetry;
pub mod trigger;
pub mod worker;
