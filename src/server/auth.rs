//! Who may come in, and what they may do.

pub mod actor;
pub mod cookie;
pub mod credentials;
pub mod guard;
pub mod passwords;
pub mod random;
pub mod sessions;
pub mod sign_in_limits;
pub mod tokens;
pub mod users;
