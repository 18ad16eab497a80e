//! The services this program brings along: what they wait for, and what they do.

pub mod bank;
pub mod queue;
