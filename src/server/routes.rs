//! JSON and event-stream endpoints, one file each.

pub mod status;
pub mod status_stream;
