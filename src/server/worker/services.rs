//! The three services, one file each.

pub mod account_discovery;
pub mod account_enrichment;
pub mod balance_sync;
