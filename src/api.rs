//! Server functions: what the browser calls, one per file.
//!
//! Each is a public POST endpoint, so the first line of every body is its guard. Bodies are the only
//! place outside `server` that may name `crate::server`.

pub mod error;
