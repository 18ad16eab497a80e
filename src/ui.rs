//! What is seen: pages and components, one component per file, named after it.

pub mod address;
pub mod audit_address;
pub mod commander;
pub mod components;
pub mod facts;
pub mod format;
pub mod jobs_filter;
pub mod pages;
pub mod refetch;
pub mod services_filter;
pub mod services_view;
