use base::{Error, Id, IdOrExternalId, Result, Timestamp, limit};

use super::bucket::forgotten_at;
use super::collections::{Category, Event};
use crate::users::User;
use crate::validation::{self, ValidationErrors};

/// An event as it is told.
#[derive(Clone, Debug)]
pub struct NewEvent {
    /// The teller's own id of it: 1 to [`limit::LABEL_LENGTH`] characters.
    pub event_id: String,
    /// What happened.
    pub name: String,
    /// What kind of event it is.
    pub category: Category,
    /// Who did it; the acting user when absent.
    pub user: Option<IdOrExternalId<User>>,
    /// The app it happened in.
    pub app_id: Option<String>,
    /// The session it happened in.
    pub session_id: Option<String>,
    /// When it happened; now when absent.
    pub timestamp: Option<Timestamp>,
    /// More about it: JSON text of at most [`limit::EVENT_DATA_BYTES`].
    pub data: Option<String>,
}

impl NewEvent {
    /// The document, when everything in it keeps its bounds.
    ///
    /// # Errors
    /// 400 with every fault.
    pub(super) fn checked(
        self,
        teller: String,
        user_id: Option<Id<User>>,
        now: Timestamp,
    ) -> Result<Event> {
        let Self {
            event_id,
            name,
            category,
            app_id,
            session_id,
            timestamp,
            data,
            ..
        } = self;
        let mut faults = ValidationErrors::default();
        faults.note(validation::label("/event_id", &event_id))?;
        faults.note(validation::label("/name", &name))?;
        faults.note(
            app_id
                .as_deref()
                .map_or(Ok(()), |app| validation::label("/app_id", app)),
        )?;
        faults.note(
            session_id
                .as_deref()
                .map_or(Ok(()), |session| validation::label("/session_id", session)),
        )?;
        let timestamp = timestamp.unwrap_or(now);
        let soon = now.plus_millis(limit::signed(limit::CLOCK_SKEW_SECONDS) * 1_000);
        if timestamp > soon || forgotten_at(timestamp) <= now {
            let days = limit::EVENT_SECONDS / 86_400;
            faults.note::<()>(Err(Error::invalid(
                "/timestamp",
                format!("must lie within the last {days} days"),
            )))?;
        }
        let data = data
            .map(|data| validation::json_text("/data", &data, limit::EVENT_DATA_BYTES))
            .transpose();
        let data = faults.note(data)?.flatten();
        faults.done()?;
        let expires_at = forgotten_at(timestamp);
        Ok(Event {
            teller,
            event_id,
            name,
            category,
            user_id,
            app_id,
            session_id,
            timestamp,
            data,
            expires_at,
        })
    }
}
