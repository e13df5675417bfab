use axum::extract::ws::Utf8Bytes;
use base::Result;
use domain::messaging::{LogEvent, Message};
use domain::users::UserCache;
use store::{Entity, TenantStore};
use wire::frames::ServerFrame;
use wire::{Record, UserMap};

/// A frame as sent: encoded once, shared by all who get it.
pub(crate) type Frame = Utf8Bytes;

/// Encodes a frame.
pub(crate) fn encode(frame: &ServerFrame) -> Frame {
    // Our own frames always have a JSON form.
    serde_json::to_string(frame).unwrap_or_default().into()
}

/// Records of any conversations as clients see them, in their order.
pub(crate) async fn records(
    tenant: &TenantStore,
    cards: &UserCache,
    rows: Vec<Entity<Message>>,
) -> Result<Vec<Record>> {
    let told = domain::messaging::events(tenant, rows).await?;
    shown(tenant, cards, told).await
}

/// What records tell as clients see it.
pub(crate) async fn shown(
    tenant: &TenantStore,
    cards: &UserCache,
    told: Vec<LogEvent>,
) -> Result<Vec<Record>> {
    let users = cards
        .of(
            tenant,
            told.iter().flat_map(|told| Record::users_of(&told.event)),
        )
        .await?;
    let users: UserMap = users.values().map(|card| (&**card).into()).collect();
    told.into_iter()
        .map(|told| Record::of(told, &users))
        .collect()
}
