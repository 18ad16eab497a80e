//! One page of the audit.

use leptos::prelude::*;

use crate::api::error::ApiError;
use crate::model::audit_list::{AuditPage, AuditQuestion};

/// How many records a page shows.
pub const RECORDS_PER_PAGE: usize = 50;

/// Who did what, newest first. 422 for a field that breaks a rule, 403 for whoever is no administrator and asks for the
/// attempts of people who are not known. Asks for a viewer.
#[server(name = ReadAuditPage, prefix = "/fn", endpoint = "audit_page")]
pub async fn audit_page(
    /// Which records.
    #[server(default)]
    question: AuditQuestion,
) -> Result<AuditPage, ApiError> {
    use crate::model::user::Role;
    use crate::server::audit::reading;
    use crate::server::auth::guard;

    let access = guard::require(Role::Viewer)?;
    reading::read(&access.state, (&access.identity, &access.actor), &question, RECORDS_PER_PAGE).await
}
