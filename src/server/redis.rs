//! Redis: how it is reached, and the only place that knows a key, a channel or a script by name.

pub mod commands;
pub mod connection;
pub mod hearing;
pub mod keys;
pub mod latency;
pub mod link;
pub mod pipelined;
pub mod scripts;
pub mod stream_reader;

pub use connection::Redis;
pub use link::Link;
pub use pipelined::pipelined;
pub use stream_reader::StreamReader;
