//! How far users have got: watermarks that only rise.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use base::{Id, Result, TenantId, limit};
use parking_lot::Mutex;
use store::{Entity, TenantStore};

use super::access::{Access, open};
use super::collections::{Conversation, Message, Participant, ReadReceipt};
use super::message::get as get_message;
use super::permissions::Rule;
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

/// How long after a user's send their mark is written.
const LATER: Duration = Duration::from_secs(1);

/// Marks that follow from what users send: whoever writes has read so far.
/// They are written together a second later, so that no send waits for them;
/// what a stop loses, the next send or read makes good. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct ReceiptDebouncer(Arc<Mutex<Waiting>>);

type Waiting = HashMap<(TenantId, Id<User>), HashMap<Id<Conversation>, Receipts>>;

impl ReceiptDebouncer {
    /// A user's message stands at this number. Beyond
    /// [`limit::LATER_MARKS`] users it is not noted. Must be called in a tokio runtime.
    pub fn sent(
        &self,
        tenant: &TenantStore,
        user: Id<User>,
        conversation: Id<Conversation>,
        seq: i64,
    ) {
        let key = (tenant.id(), user);
        let mut all = self.0.lock();
        let is_new = !all.contains_key(&key);
        if is_new && all.len() >= limit::LATER_MARKS {
            return;
        }
        let marks = all.entry(key).or_default().entry(conversation).or_default();
        *marks = Receipts {
            read_seq: marks.read_seq.max(seq),
            delivered_seq: marks.delivered_seq.max(seq),
        };
        drop(all);
        if is_new {
            tokio::spawn(self.clone().write(tenant.clone(), user));
        }
    }

    async fn write(self, tenant: TenantStore, user: Id<User>) {
        tokio::time::sleep(LATER).await;
        let raised = self
            .0
            .lock()
            .remove(&(tenant.id(), user))
            .unwrap_or_default();
        if let Err(failure) = mark_many(&tenant, user, raised).await {
            tracing::debug!(error = %failure, "the marks of a user's own messages could not be written");
        }
    }
}

/// How far a message has come for one user. Never goes backward.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// Stored.
    Sent,
    /// A device has it.
    Delivered,
    /// The user has read it.
    Read,
}

/// One user's status of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MessageStatus {
    /// Whose.
    pub user: Id<User>,
    /// How far it has come.
    pub status: Status,
}

/// A message's status for each participant but its sender; for the actor
/// alone where more than [`limit::MARKS_SHOWN_PARTICIPANTS`] take part.
///
/// # Errors
/// 404 `message_not_found`, 403 `not_a_participant` for who takes part no more.
pub async fn status(
    tenant: &TenantStore,
    actor: Actor,
    id: Id<Message>,
) -> Result<Vec<MessageStatus>> {
    let (message, access) = get_message(tenant, actor, id).await?;
    access.require_present()?;
    let users = users(tenant, &access).await?;
    let marks = shown_marks(tenant, &access, &users).await?;
    let others = users
        .into_iter()
        .filter(|user| message.sender_id != Some(*user));
    Ok(others
        .map(|user| MessageStatus {
            user,
            status: derived(marks.get(&user), message.seq),
        })
        .collect())
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
    Ok(page.items.into_iter().map(|part| part.user_id).collect())
}

fn derived(marks: Option<&Receipts>, seq: i64) -> Status {
    match marks {
        Some(marks) if marks.read_seq >= seq => Status::Read,
        Some(marks) if marks.delivered_seq >= seq => Status::Delivered,
        _ => Status::Sent,
    }
}
