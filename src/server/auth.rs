//! Who may do what: users, passwords, sessions, roles.

pub mod guard;
pub mod sessions;
pub mod users;
