//! What is seen: pages and components, one component per file, named after it.
