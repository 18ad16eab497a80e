//! What is measured.

use leptos::prelude::*;

use crate::api::error::ApiError;
use crate::model::dashboard::Dashboard;

/// What each instance measures of itself, and what services say they measured. Asks for a viewer.
#[server(name = ReadDashboard, prefix = "/fn", endpoint = "dashboard")]
pub async fn dashboard() -> Result<Dashboard, ApiError> {
    use crate::model::user::Role;
    use crate::server::auth::guard;

    let access = guard::require(Role::Viewer)?;
    Ok(access.state.dashboard.shown().await)
}
