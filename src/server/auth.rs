//! Who may do what: users, passwords, sessions, roles.

pub mod sessions;
pub mod users;
