use base::{Id, Result, limit};
use store::{Batch, CommitError, Entity, Tenant, TenantData};

use super::get::{get, none};
use super::holds::{held_users, kept};
use super::{Rule, Whose};
use crate::messaging::{Conversation, Message, RecordKind, old_records, wipe_old};

/// Milliseconds of a day.
const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

/// Wipes a bounded part of a conversation's messages that are older than
/// `days`, up to the first one that a held user sent. Says whether there is more.
pub(super) async fn wipe_some(tenant: &Tenant, conversation: Id<Conversation>, days: i64) -> Result<bool> {
    if kept(tenant, conversation).await? {
        return Ok(false);
    }
    let rule = progress(tenant, conversation).await?;
    let before = tenant.context().now().plus_millis(-days * DAY_MS);
    let found = old_records(tenant, conversation, rule.wiped_to, before, limit::ERASE_DOCUMENTS).await?;
    let held = held_users(tenant, found.iter().filter_map(|record| record.sender_id)).await?;
    let is_held = |record: &Entity<Message>| record.sender_id.is_some_and(|sender| held.contains(&sender));
    let free: Vec<_> = found.iter().take_while(|record| !is_held(record)).collect();
    let Some(last) = free.last().map(|record| record.seq) else { return Ok(false) };
    let full = |record: &&&Entity<Message>| record.kind == RecordKind::Message && record.deleted_at.is_none();
    let messages: Vec<Id<Message>> = free.iter().filter(full).map(|record| record.id).collect();
    let id = rule.id;
    let beside = move |batch: &mut Batch<TenantData>| batch.raise(id, Rule::wiped_to, last);
    if messages.is_empty() {
        let mut batch = tenant.batch();
        beside(&mut batch);
        tenant.commit(batch).await?;
    } else {
        wipe_old(tenant, conversation, &messages, beside).await?;
    }
    Ok(free.len() == limit::ERASE_DOCUMENTS)
}

/// The conversation's rule, made where there is none, that keeps how far the
/// wiping has got.
async fn progress(tenant: &Tenant, conversation: Id<Conversation>) -> Result<Entity<Rule>> {
    let whose = Whose::Conversation(conversation);
    let present = get(tenant, whose).await?;
    if present.version > 0 {
        return Ok(present);
    }
    let mut batch = tenant.batch();
    batch.insert_as(present.id, none(whose));
    match tenant.commit(batch).await {
        Ok(()) | Err(CommitError::Conflict { .. }) => get(tenant, whose).await,
        Err(error) => Err(error.into()),
    }
}
