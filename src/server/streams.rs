//! The open streams of this instance, and their leases in Redis, by which the limit holds over all instances.

/// The registry of open streams. Cloning it shares it.
#[derive(Clone, Default)]
pub struct Streams {}
