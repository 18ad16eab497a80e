//! What tests stand on.

mod redis_server;
mod sandbox;

pub use redis_server::{RedisServer, free_port};
pub use sandbox::Sandbox;
