//! JSON and event-stream endpoints, one file each.
