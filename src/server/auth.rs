//! Who may do what: users, passwords, sessions, roles.

pub mod cookie;
pub mod guard;
pub mod passwords;
pub mod sessions;
pub mod users;
