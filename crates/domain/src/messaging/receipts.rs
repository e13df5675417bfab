//! Read and delivery receipts: watermarks that never decrease, and the message status derived from
//! them.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use base::{Id, Result, TenantId, Timestamp, limit};
use parking_lot::Mutex;
use store::{Entity, TenantStore};

use super::access::{Access, open};
use super::client_channel::{MessageUserStatus, PlatformStatus};
use super::collections::{Conversation, Message, Participant, ReadReceipt};
use super::message::get as get_message;
use super::permissions::Rule;
use super::platform_status::platform_status;
use crate::actor::Actor;
use crate::relationships::blocked_among;
use crate::users::User;

/// How far a user has read and received a conversation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Receipts {
    /// Sequence number of the newest record that the user has read.
    pub read_seq: i64,
    /// Sequence number of the newest record that a device of the user has received.
    pub delivered_seq: i64,
}

/// Advances the actor's receipts in a conversation, at most to the log's head. Reading implies
/// delivery.
///
/// # Errors
/// 403 `not_a_participant`, 404 `conversation_not_found`.
pub async fn advance_receipt(
    tenant: &TenantStore,
    actor: Actor,
    conversation: &base::IdOrExternalId<Conversation>,
    receipts: Receipts,
) -> Result<Receipts> {
    let access = open(tenant, actor, conversation).await?;
    access.require(Rule::Participate)?;
    let read_seq = receipts.read_seq.clamp(0, access.head);
    let delivered_seq = receipts.delivered_seq.clamp(read_seq, access.head);
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
    Ok(own_receipts(tenant, user_id, &[conversation_id])
        .await?
        .pop()
        .map_or(receipts, |receipt| receipt.receipts()))
}

/// Advances a user's receipts in several conversations by one commit. The caller has checked the
/// memberships.
///
/// # Errors
/// When the store is unavailable.
pub async fn advance_receipts(
    tenant: &TenantStore,
    user_id: Id<User>,
    receipts: impl IntoIterator<Item = (Id<Conversation>, Receipts)>,
) -> Result<()> {
    let mut batch = tenant.batch();
    for (conversation_id, receipts) in receipts {
        let read_seq = receipts.read_seq;
        let delivered_seq = receipts.delivered_seq.max(receipts.read_seq);
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

/// Returns one user's receipts in several conversations by one statement.
///
/// # Errors
/// When the store is unavailable.
pub async fn own_receipts(
    tenant: &TenantStore,
    user: Id<User>,
    conversations: &[Id<Conversation>],
) -> Result<Vec<Entity<ReadReceipt>>> {
    let query = ReadReceipt::by_user.eq(ReadReceipt::user_id, user);
    let query = query.one_of(ReadReceipt::conversation_id, conversations.iter().copied());
    Ok(tenant.list(query.limit(conversations.len())).await?.items)
}

/// Returns the receipts of up to `limit` users of a conversation.
///
/// # Errors
/// When the store is unavailable.
pub async fn receipts_of(
    tenant: &TenantStore,
    conversation: Id<Conversation>,
    limit: usize,
) -> Result<Vec<Entity<ReadReceipt>>> {
    let query = ReadReceipt::by_conversation.eq(ReadReceipt::conversation_id, conversation);
    Ok(tenant.list(query.limit(limit)).await?.items)
}

/// Returns the receipts of these users as the actor may see them. A block hides the receipts of
/// both users from each other.
///
/// # Errors
/// 403 `not_a_participant`.
pub async fn visible_receipts(
    tenant: &TenantStore,
    access: &Access,
    users: &[Id<User>],
) -> Result<HashMap<Id<User>, Receipts>> {
    access.require_present()?;
    let hidden = match access.acting_user() {
        Some(user) => blocked_among(tenant, user, users).await?,
        None => HashSet::new(),
    };
    let receipts = receipts_of(
        tenant,
        access.conversation.id,
        limit::MARKS_SHOWN_PARTICIPANTS * 2,
    )
    .await?;
    let shown = receipts
        .iter()
        .filter(|receipt| !hidden.contains(&receipt.user_id));
    Ok(shown
        .map(|receipt| (receipt.user_id, receipt.receipts()))
        .collect())
}

impl ReadReceipt {
    /// Returns the watermarks.
    #[must_use]
    pub const fn receipts(&self) -> Receipts {
        Receipts {
            read_seq: self.read_seq,
            delivered_seq: self.delivered_seq,
        }
    }
}

/// Delay between a user's send and the write of their receipt.
const DEBOUNCE: Duration = Duration::from_secs(1);

/// Writes the receipts that follow from sending: a sender has read up to their own message. Batches
/// them per user for one second, so that no send waits. Receipts lost in a crash are written
/// again by the next send or read. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct ReceiptDebouncer {
    pending: Arc<Mutex<PendingReceipts>>,
}

type PendingReceipts = HashMap<(TenantId, Id<User>), HashMap<Id<Conversation>, Receipts>>;

impl ReceiptDebouncer {
    /// Schedules the receipt of a message that was committed with this sequence number. Ignored if
    /// [`limit::LATER_MARKS`] users are pending. Must be called in a tokio runtime.
    pub fn sent(
        &self,
        tenant: &TenantStore,
        user: Id<User>,
        conversation: Id<Conversation>,
        seq: i64,
    ) {
        let key = (tenant.id(), user);
        let mut pending = self.pending.lock();
        let is_new = !pending.contains_key(&key);
        if is_new && pending.len() >= limit::LATER_MARKS {
            return;
        }
        let receipts = pending
            .entry(key)
            .or_default()
            .entry(conversation)
            .or_default();
        *receipts = Receipts {
            read_seq: receipts.read_seq.max(seq),
            delivered_seq: receipts.delivered_seq.max(seq),
        };
        drop(pending);
        if is_new {
            tokio::spawn(self.clone().write(tenant.clone(), user));
        }
    }

    async fn write(self, tenant: TenantStore, user: Id<User>) {
        tokio::time::sleep(DEBOUNCE).await;
        let receipts = self
            .pending
            .lock()
            .remove(&(tenant.id(), user))
            .unwrap_or_default();
        if let Err(failure) = advance_receipts(&tenant, user, receipts).await {
            tracing::debug!(error = %failure, "failed to write the receipts of a sender");
        }
    }
}

/// Delivery state of a message for one user. Never decreases.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// Stored.
    Sent,
    /// Rejected by the user's platform.
    Failed,
    /// Received by a device.
    Delivered,
    /// Read by the user.
    Read,
}

/// Status of a message for one user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageStatus {
    /// The user.
    pub user: Id<User>,
    /// The status.
    pub status: Status,
    /// Why the user's platform rejected the message.
    pub reason: Option<String>,
    /// Time of the status, if the user's platform has reported it.
    pub changed_at: Option<Timestamp>,
}

/// Returns the status of a message for each participant except its sender. Above
/// [`limit::MARKS_SHOWN_PARTICIPANTS`] participants, returns the actor's status only.
///
/// # Errors
/// 404 `message_not_found`, 403 `not_a_participant` for a former participant.
pub async fn status(
    tenant: &TenantStore,
    actor: Actor,
    id: Id<Message>,
) -> Result<Vec<MessageStatus>> {
    let (message, access) = get_message(tenant, actor, id).await?;
    access.require_present()?;
    let users = users(tenant, &access).await?;
    let receipts = visible_receipts(tenant, &access, &users).await?;
    let others = users
        .into_iter()
        .filter(|user| message.sender_id != Some(*user));
    let mut statuses: Vec<_> = others
        .map(|user| MessageStatus {
            user,
            status: derived(receipts.get(&user), message.seq),
            reason: None,
            changed_at: None,
        })
        .collect();
    if let Some(client) = access.conversation.client_user_id
        && let Some(status) = statuses.iter_mut().find(|status| status.user == client)
        && let Some(reported) = platform_status(tenant, message.id, client).await?
    {
        status.apply(reported.doc);
    }
    Ok(statuses)
}

impl MessageStatus {
    /// Advances the status to the one that a platform has reported.
    fn apply(&mut self, reported: MessageUserStatus) {
        let status = match reported.status {
            PlatformStatus::Sent => Status::Sent,
            PlatformStatus::Failed => Status::Failed,
            PlatformStatus::Delivered => Status::Delivered,
            PlatformStatus::Read => Status::Read,
        };
        if status >= self.status {
            self.status = status;
            self.reason = reported.reason;
            self.changed_at = Some(reported.changed_at);
        }
    }
}

async fn users(tenant: &TenantStore, access: &Access) -> Result<Vec<Id<User>>> {
    let shown = i64::try_from(limit::MARKS_SHOWN_PARTICIPANTS).unwrap_or(i64::MAX);
    if access.conversation.participant_count > shown {
        return Ok(access.acting_user().into_iter().collect());
    }
    let query = Participant::by_conversation
        .eq(Participant::conversation_id, access.conversation.id)
        .eq(Participant::is_active, true);
    let page = tenant
        .list(query.limit(limit::MARKS_SHOWN_PARTICIPANTS))
        .await?;
    Ok(page
        .items
        .into_iter()
        .map(|member| member.user_id)
        .collect())
}

fn derived(receipts: Option<&Receipts>, seq: i64) -> Status {
    match receipts {
        Some(receipts) if receipts.read_seq >= seq => Status::Read,
        Some(receipts) if receipts.delivered_seq >= seq => Status::Delivered,
        _ => Status::Sent,
    }
}
