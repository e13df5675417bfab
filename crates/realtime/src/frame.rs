use axum::extract::ws::Utf8Bytes;
use base::Result;
use domain::messaging::{Message, Told};
use domain::users::Cards;
use store::{Entity, Tenant};
use wire::frames::ServerFrame;
use wire::{Joined, Record};

/// A frame as sent: encoded once, shared by all who get it.
pub(crate) type Frame = Utf8Bytes;

/// Encodes a frame.
pub(crate) fn encode(frame: &ServerFrame) -> Frame {
    // Our own frames always have a JSON form.
    serde_json::to_string(frame).unwrap_or_default().into()
}

/// Records of any conversations as clients see them, in their order.
pub(crate) async fn records(
    tenant: &Tenant,
    cards: &Cards,
    rows: Vec<Entity<Message>>,
) -> Result<Vec<Record>> {
    let told = domain::messaging::events(tenant, rows).await?;
    shown(tenant, cards, told).await
}

/// What records tell as clients see it.
pub(crate) async fn shown(tenant: &Tenant, cards: &Cards, told: Vec<Told>) -> Result<Vec<Record>> {
    let users = cards
        .of(
            tenant,
            told.iter().flat_map(|told| Record::users_of(&told.event)),
        )
        .await?;
    let users: Joined = users.values().map(|card| (&**card).into()).collect();
    told.into_iter()
        .map(|told| Record::of(told, &users))
        .collect()
}
