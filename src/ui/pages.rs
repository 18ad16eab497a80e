//! One file per page.

pub mod accounts;
pub mod administration;
pub mod audit;
pub mod dashboard;
pub mod job;
pub mod jobs;
pub mod login;
pub mod logs;
pub mod not_found;
pub mod service;
pub mod services;
pub mod sync;
