use axum::extract::ws::Utf8Bytes;
use base::{Id, Result};
use domain::messaging::{Conversation, Message};
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

/// The records of one conversation as clients see them, in order.
pub(crate) async fn records(
    tenant: &Tenant,
    cards: &Cards,
    conversation: Id<Conversation>,
    rows: Vec<Entity<Message>>,
) -> Result<Vec<Record>> {
    let events = domain::messaging::events(tenant, rows).await?;
    let users = cards.of(tenant, events.iter().flat_map(|(_, event)| Record::users_of(event))).await?;
    let users: Joined = users.values().map(|card| (&**card).into()).collect();
    events.iter().map(|(seq, event)| Record::of(conversation, *seq, event, &users)).collect()
}
