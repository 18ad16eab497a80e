//! What is seen: pages and components, one component per file, named after it.

pub mod components;
pub mod facts;
pub mod format;
pub mod pages;
