//! What is seen: pages and components, one component per file, named after it.

pub mod address;
pub mod administrator;
pub mod audit_address;
pub mod clipboard;
pub mod commander;
pub mod components;
pub mod content_owner;
pub mod deed;
pub mod disclosure;
pub mod errands;
pub mod facts;
pub mod focus;
pub mod format;
pub mod held_list;
pub mod history_words;
pub mod hold;
pub mod jobs_filter;
pub mod log_row;
pub mod order_book;
pub mod pages;
pub mod plot;
pub mod refetch;
pub mod services_filter;
pub mod services_view;
pub mod sign_in;
pub mod user_sync;
