//! Forgetting a service that is of the past.

use crate::model::audit::Intent;
use crate::model::event::Removed;
use crate::model::service::ServiceId;
use crate::server::audit;
use crate::server::event_log::{EventLog, EventLogError, LOG_LENGTH, encoded};
use crate::server::redis::keys;

impl EventLog {
    /// Forgets a service with all that it said, once that is in the audit; every page is told. False if it is not known. When
    /// it is heard again it is a service like any other.
    pub async fn forget(&self, service: ServiceId, intent: &Intent) -> Result<bool, EventLogError> {
        let mut call = self.scripts.forget.prepare_invoke();
        call.key(keys::EVENTS).key(keys::STATUS).key(keys::HISTORY_MARKS).key(keys::history(service));
        call.key(keys::LATEST_COMMANDS).key(keys::WANTED).key(keys::AUDIT).key(keys::AUDIT_OUTCOMES);
        let intent = audit::written(intent).map_err(|error| EventLogError::Unreadable(error.to_string()))?;
        call.arg(LOG_LENGTH).arg(service.as_str()).arg(intent).arg(encoded(&Removed { service })?);
        Ok(call.invoke_async(&mut self.redis.commands()).await?)
    }
}
