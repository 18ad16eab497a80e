//! One file per component.

pub mod confirmation;
pub mod connection_indicator;
pub mod flash;
pub mod header;
pub mod icon;
pub mod job_changes;
pub mod job_pill;
pub mod job_row;
pub mod jobs_table;
pub mod lane_tiles;
pub mod live_page;
pub mod notice;
pub mod run_progress;
pub mod service_row;
pub mod services_table;
pub mod status_pill;
pub mod sync_button;
pub mod sync_dialog;
pub mod theme_switch;
pub mod time_ago;
pub mod time_until;
pub mod toasts;
pub mod user_accounts;
pub mod user_menu;
pub mod user_picker;
