use axum::extract::ws::Utf8Bytes;
use base::{Id, Result};
use domain::messaging::{LogEvent, Message};
use domain::users::{User, UserCache};
use store::{Entity, TenantStore};
use wire::frames::ServerFrame;
use wire::{Record, UserMap};

/// An encoded frame, shared by all receivers.
pub(crate) type Frame = Utf8Bytes;

/// An encoded record, and the participant who may not see it.
#[derive(Clone)]
pub(crate) struct RecordFrame {
    pub(crate) frame: Frame,
    pub(crate) hidden_from: Option<Id<User>>,
}

pub(crate) fn encode(frame: &ServerFrame) -> Frame {
    // Frames of the server always have a JSON form.
    serde_json::to_string(frame).unwrap_or_default().into()
}

/// Reads the users of log entries and returns the records in order. The rows may be of
/// several conversations.
pub(crate) async fn load_records(
    tenant: &TenantStore,
    user_cache: &UserCache,
    rows: Vec<Entity<Message>>,
) -> Result<Vec<Record>> {
    let events = domain::messaging::events(tenant, rows).await?;
    to_records(tenant, user_cache, events).await
}

/// Converts log events into records with user summaries.
pub(crate) async fn to_records(
    tenant: &TenantStore,
    user_cache: &UserCache,
    events: Vec<LogEvent>,
) -> Result<Vec<Record>> {
    let users = user_cache
        .of(
            tenant,
            events
                .iter()
                .flat_map(|event| Record::users_of(&event.event)),
        )
        .await?;
    let users: UserMap = users.values().map(|summary| (&**summary).into()).collect();
    events
        .into_iter()
        .map(|event| Record::of(event, &users))
        .collect()
}
