//! Who looks at the page, and at what.

use leptos::prelude::*;

use crate::api::error::ApiError;
use crate::model::console::Console;

/// What the header shows. Asks for a viewer.
#[server(name = ReadConsole, prefix = "/fn", endpoint = "console")]
pub async fn console() -> Result<Console, ApiError> {
    use crate::model::user::Role;
    use crate::server::auth::guard;

    let access = guard::require(Role::Viewer)?;
    let config = &access.state.config;
    Ok(Console {
        user: access.identity.user,
        environment: config.environment.name().to_owned(),
        sandbox_data: config.core_banking.is_sandbox,
    })
}
