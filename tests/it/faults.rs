//! Faults of Redis and of the way to it, each with hundreds of updates while it lasts: every page equals Redis soon after its
//! end, hears nothing twice and nothing that is older than what it shows, and nothing that was accepted is lost.
//!
//! `make soak` runs the same for longer.

mod flood;
mod judge;
mod keeper;
mod lives;
mod malformed;
mod pages;
mod room;
mod trial;
mod ways;
