//! The Lua scripts, one file each.
