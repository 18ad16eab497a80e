//! The benchmark of the stream: what it measures, of whom, and what it says about it.

pub mod children;
pub mod conductor;
pub mod floor;
pub mod load;
pub mod machine;
pub mod readings;
pub mod report;
pub mod systems;
pub mod users;
pub mod workloads;
