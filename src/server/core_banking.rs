//! The core banking system: the client that reads it, and the sandbox that stands in for it.
pub mod sandbox;
