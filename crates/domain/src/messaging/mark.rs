//! How far users have got: watermarks that only rise.

use std::collections::{HashMap, HashSet};

use base::{Id, Result, limit};
use store::{Entity, TenantStore};

use super::access::{Access, Rule, open};
use super::collections::{Conversation, ReadReceipt};
use crate::actor::Actor;
use crate::relationships::blocked_among;
use crate::users::User;

/// How far one user has got.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Receipts {
    /// The newest record the user has read.
    pub read_seq: i64,
    /// The newest record that a device of the user has received.
    pub delivered_seq: i64,
}

/// Raises the actor's marks in a conversation, at most to its last record.
/// What is read was delivered too.
///
/// # Errors
/// 403 `not_a_participant`, 404 `conversation_not_found`.
pub async fn mark(
    tenant: &TenantStore,
    actor: Actor,
    conversation: &base::IdOrExternalId<Conversation>,
    marks: Receipts,
) -> Result<Receipts> {
    let access = open(tenant, actor, conversation).await?;
    access.require(Rule::Participate)?;
    let read_seq = marks.read_seq.clamp(0, access.head);
    let delivered_seq = marks.delivered_seq.clamp(read_seq, access.head);
    let conversation_id = access.conversation.id;
    let user_id = access.user()?;
    let mut batch = tenant.batch();
    let receipt = ReadReceipt {
        conversation_id,
        user_id,
        read_seq,
        delivered_seq,
    };
    batch.upsert(
        ReadReceipt::by_conversation,
        receipt,
        &[],
        &["read_seq", "delivered_seq"],
    );
    tenant.commit(batch).await?;
    Ok(own_marks(tenant, user_id, &[conversation_id])
        .await?
        .pop()
        .map_or(marks, |receipt| receipt.marks()))
}

/// Raises a user's marks in several conversations that they take part in, by
/// one commit. The caller has checked that they do.
///
/// # Errors
/// When the store cannot write.
pub async fn mark_many(
    tenant: &TenantStore,
    user_id: Id<User>,
    marks: impl IntoIterator<Item = (Id<Conversation>, Receipts)>,
) -> Result<()> {
    let mut batch = tenant.batch();
    for (conversation_id, marks) in marks {
        let read_seq = marks.read_seq;
        let delivered_seq = marks.delivered_seq.max(marks.read_seq);
        let receipt = ReadReceipt {
            conversation_id,
            user_id,
            read_seq,
            delivered_seq,
        };
        batch.upsert(
            ReadReceipt::by_conversation,
            receipt,
            &[],
            &["read_seq", "delivered_seq"],
        );
    }
    Ok(tenant.commit(batch).await?)
}

/// One user's marks in each of several conversations, by one statement.
///
/// # Errors
/// When the store cannot answer.
pub async fn own_marks(
    tenant: &TenantStore,
    user: Id<User>,
    conversations: &[Id<Conversation>],
) -> Result<Vec<Entity<ReadReceipt>>> {
    let query = ReadReceipt::by_user.eq(ReadReceipt::user_id, user);
    let query = query.one_of(ReadReceipt::conversation_id, conversations.iter().copied());
    Ok(tenant.list(query.limit(conversations.len())).await?.items)
}

/// The marks of up to `limit` users of one conversation.
///
/// # Errors
/// When the store cannot answer.
pub async fn marks_of(
    tenant: &TenantStore,
    conversation: Id<Conversation>,
    limit: usize,
) -> Result<Vec<Entity<ReadReceipt>>> {
    let query = ReadReceipt::by_conversation.eq(ReadReceipt::conversation_id, conversation);
    Ok(tenant.list(query.limit(limit)).await?.items)
}

/// The marks of these users of a conversation as an actor is shown them: a
/// block hides the marks of both from each other.
///
/// # Errors
/// 403 `not_a_participant` for who does not take part now.
pub async fn shown_marks(
    tenant: &TenantStore,
    access: &Access,
    users: &[Id<User>],
) -> Result<HashMap<Id<User>, Receipts>> {
    access.require_present()?;
    let hidden = match access.acting_user() {
        Some(user) => blocked_among(tenant, user, users).await?,
        None => HashSet::new(),
    };
    let receipts = marks_of(
        tenant,
        access.conversation.id,
        limit::MARKS_SHOWN_PARTICIPANTS * 2,
    )
    .await?;
    let shown = receipts
        .iter()
        .filter(|receipt| !hidden.contains(&receipt.user_id));
    Ok(shown
        .map(|receipt| (receipt.user_id, receipt.marks()))
        .collect())
}

impl ReadReceipt {
    /// The marks.
    #[must_use]
    pub const fn marks(&self) -> Receipts {
        Receipts {
            read_seq: self.read_seq,
            delivered_seq: self.delivered_seq,
        }
    }
}
