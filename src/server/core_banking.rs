//! The core banking system: the client that reads it, and the sandbox that stands in for it.
//!
//! Both speak the messages of [`wire`], so what the client reads is what the sandbox serves.

pub mod client;
pub mod sandbox;
pub mod wire;
