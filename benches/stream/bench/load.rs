//! The load generator: many readers on raw sockets in one thread, and a publisher that keeps to its timetable.

pub mod chunked;
pub mod fleet;
pub mod histogram;
pub mod message;
pub mod publisher;
pub mod reader;
pub mod record;
pub mod sequence;
