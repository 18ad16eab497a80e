//! The latest lines of services.

use leptos::prelude::*;

use crate::api::error::ApiError;
use crate::model::log::{LogPage, LogQuestion};

/// The latest lines that fit, oldest first, and where the stream goes on. 422 for a field that breaks a rule. Asks for a viewer.
#[server(name = ReadLogPage, prefix = "/fn", endpoint = "log_page")]
pub async fn log_page(
    /// Which lines.
    #[server(default)]
    question: LogQuestion,
    /// How many at most, if fewer are wanted than a page begins with.
    #[server(default)]
    most: Option<u16>,
) -> Result<LogPage, ApiError> {
    use crate::model::user::Role;
    use crate::server::auth::guard;

    let access = guard::require(Role::Viewer)?;
    access.state.logs.page(&question, most.map(usize::from)).await
}
