//! One file per page.

pub mod login;
pub mod not_found;
pub mod services;
pub mod sync;
