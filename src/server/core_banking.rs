//! The core banking system: the client that reads it, and the sandbox that stands in for it.
//!
//! Both speak the messages of [`wire`], so what the client reads is what the sandbox serves. The client takes the other
//! side for neither quick nor truthful: answers have their time and their size, lists come to an end, and while the
//! system is away the [`breaker`] keeps everybody from asking it.

pub mod breaker;
pub mod client;
pub mod complaints;
pub mod error;
pub mod reading;
pub mod retry_after;
pub mod sandbox;
pub mod wire;
