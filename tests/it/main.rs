//! Integration tests on real parts: each starts a `redis-server` of its own on a free port.

#![expect(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(missing_docs, reason = "tests are named, not documented")]

mod core_banking;
mod support;
mod worker;
