//! The audit for whoever asks: what the page, the API and the CSV have in common.

use crate::api::error::ApiError;
use crate::model::audit::Action;
use crate::model::audit_list::{ANONYMOUS, AuditPage, AuditQuestion, Standing};
use crate::model::event::EntryId;
use crate::model::user::Role;
use crate::server::application::AppState;
use crate::server::audit::{AuditError, Filter, Whose};
use crate::server::auth::actor::Actor;
use crate::server::auth::credentials::Identity;
use crate::server::moment;

/// The records asked for, newest first, `limit` at most; fewer where a search came to its end before, see
/// [`Audit::read`](crate::server::audit::Audit::read). 422 for a field that breaks a rule; 403 for whoever is no
/// administrator and asks for the attempts of people who are not known, which is audited.
pub async fn read(
    state: &AppState,
    (identity, actor): (&Identity, &Actor),
    question: &AuditQuestion,
    limit: usize,
) -> Result<AuditPage, ApiError> {
    let (filter, before) = understood(question)?;
    if filter.whose == Whose::Anonymous && identity.user.role < Role::Admin {
        let intent = actor.intends(Action::Forbidden, "audit").with("whose", ANONYMOUS);
        state.audit.refused(intent, "The role does not suffice.").await;
        return Err(ApiError::Forbidden);
    }
    state.audit.read(&filter, before, limit).await.map_err(unavailable)
}

/// The same, as far as it takes to find so many records or to have looked through all.
pub async fn read_far(
    state: &AppState,
    who: (&Identity, &Actor),
    mut question: AuditQuestion,
    limit: usize,
) -> Result<AuditPage, ApiError> {
    let mut all = AuditPage::default();
    loop {
        let page = read(state, who, &question, limit - all.records.len()).await?;
        all.records.extend(page.records);
        all.next = page.next;
        match page.next {
            Some(next) if all.records.len() < limit => question.before = next.to_string(),
            _ => return Ok(all),
        }
    }
}

fn understood(question: &AuditQuestion) -> Result<(Filter, Option<EntryId>), ApiError> {
    let AuditQuestion { actor, action, outcome, target, from, to, whose, before } = question;
    let filter = Filter {
        whose: given("whose", whose, &format!("it must be {ANONYMOUS}, or left out"), |text| {
            (text == ANONYMOUS).then_some(Whose::Anonymous)
        })?
        .unwrap_or_default(),
        actor: given("actor", actor, "", |text| Some(text.to_owned()))?,
        action: given("action", action, &one_of(&Action::ALL.map(Action::name)), Action::named)?,
        standing: given("outcome", outcome, &one_of(&Standing::ALL.map(Standing::name)), |text| {
            Standing::ALL.into_iter().find(|standing| standing.name() == text)
        })?,
        target: given("target", target, "", |text| Some(text.to_owned()))?,
        service: None,
        from: given("from", from, moment::RULE, moment::read)?,
        to: given("to", to, moment::RULE, moment::read)?,
    };
    let before = given("before", before, "it must be the next of an answer", |text| text.parse().ok())?;
    Ok((filter, before))
}

/// Reads a field, unless it is empty.
fn given<T>(field: &str, text: &str, rule: &str, read: impl FnOnce(&str) -> Option<T>) -> Result<Option<T>, ApiError> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let invalid = || ApiError::Invalid { field: field.to_owned(), rule: rule.to_owned() };
    read(text).map(Some).ok_or_else(invalid)
}

fn one_of(names: &[&str]) -> String {
    format!("it must be one of {}", names.join(", "))
}

fn unavailable(error: AuditError) -> ApiError {
    tracing::error!(%error, "the audit could not be read");
    ApiError::Unavailable
}
