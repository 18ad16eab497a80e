//! What tests stand on.

mod redis_server;

pub use redis_server::{RedisServer, free_port};
