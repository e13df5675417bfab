use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use base::{Id, IdOrExternalId, Result, TenantId, TtlCache, limit};
use store::TenantStore;

use super::{Draft, Sent, queue_each, send_as};
use crate::actor::Actor;
use crate::messaging::collections::{Conversation, Message};
use crate::messaging::permissions::PostPermission;
use crate::messaging::receipts::ReceiptDebouncer;
use crate::users::User;

/// Sends messages with cached permissions. Caches the record of a user's last send, so that the
/// next send reads nothing: its guard sees every record since, and any loss of the permission is
/// one of them. An entry is re-read after [`limit::REMEMBERED_SECONDS`] or
/// [`limit::REMEMBERED_RECORDS`], and if the log no longer has the record. Cheap to clone.
#[derive(Clone, Debug)]
pub struct MessageSender {
    last_sends: Arc<TtlCache<SenderKey, Arc<AtomicI64>>>,
    receipts: ReceiptDebouncer,
}

type SenderKey = (TenantId, Id<Conversation>, Id<User>);

impl Default for MessageSender {
    fn default() -> Self {
        let last_sends = TtlCache::new(limit::REMEMBERED_SPEAKERS, limit::REMEMBERED_SECONDS);
        Self {
            last_sends: Arc::new(last_sends),
            receipts: ReceiptDebouncer::default(),
        }
    }
}

impl MessageSender {
    /// Sends a message and schedules the sender's receipt. Must be called in a tokio runtime.
    ///
    /// # Errors
    /// Those of [`send`](fn@super::send).
    pub async fn send(
        &self,
        tenant: &TenantStore,
        actor: Actor,
        conversation: &IdOrExternalId<Conversation>,
        draft: Draft,
    ) -> Result<Sent> {
        let draft = draft.checked()?;
        let cached = self
            .cached_permission(tenant, actor, conversation, &draft)
            .await?;
        let sent = send_as(tenant, actor, conversation, cached, draft).await?;
        self.on_sent(tenant, &sent);
        Ok(sent)
    }

    /// Sends messages of one sender in order. Reports each outcome in that order as soon as it is
    /// known; each message succeeds or fails on its own. With a cached permission, the messages are
    /// written in one batch. Must be called in a tokio runtime.
    pub async fn send_each(
        &self,
        tenant: &TenantStore,
        actor: Actor,
        conversation: &IdOrExternalId<Conversation>,
        drafts: Vec<Draft>,
        mut report: impl FnMut(Result<Sent>) + Send,
    ) {
        let mut pending = VecDeque::from(drafts);
        while let Some(draft) = pending.pop_front() {
            let permission = self
                .cached_permission(tenant, actor, conversation, &draft)
                .await;
            let Some(permission) = permission
                .ok()
                .flatten()
                .filter(|_| !draft.has_attachments())
            else {
                report(self.send(tenant, actor, conversation, draft).await);
                continue;
            };
            let others = pending
                .iter()
                .take_while(|next| next.thread_id.is_none() && !next.has_attachments())
                .count();
            let batch = std::iter::once(draft).chain(pending.drain(..others));
            for queued in queue_each(tenant, &permission, batch) {
                report(match queued.outcome(tenant, &permission).await {
                    Ok(sent) => sent.inspect(|sent| self.on_sent(tenant, sent)),
                    Err(draft) => self.send(tenant, actor, conversation, draft).await,
                });
            }
        }
    }

    /// Caches the sender's permission and schedules their receipt.
    fn on_sent(&self, tenant: &TenantStore, sent: &Sent) {
        let Some(sender) = sent.message.sender_id else {
            return;
        };
        let id = sent.message.conversation_id;
        let seq = sent.message.seq;
        self.receipts.sent(tenant, sender, id, seq);
        // An existing message says nothing about the current permission.
        if !sent.replayed {
            self.remember(tenant, (tenant.id(), id, sender), seq);
        }
    }

    fn remember(&self, tenant: &TenantStore, key: SenderKey, seq: i64) {
        let now = tenant.context().now();
        match self.last_sends.get(&key, now) {
            Some(last_seq) => drop(last_seq.fetch_max(seq, Ordering::Relaxed)),
            None => self
                .last_sends
                .insert(key, Arc::new(AtomicI64::new(seq)), now),
        }
    }

    async fn cached_permission(
        &self,
        tenant: &TenantStore,
        actor: Actor,
        conversation: &IdOrExternalId<Conversation>,
        draft: &Draft,
    ) -> Result<Option<PostPermission>> {
        // Access to the thread's root message is not cached.
        let (IdOrExternalId::Id(id), Ok(user), None) =
            (conversation, actor.user(), draft.thread_id)
        else {
            return Ok(None);
        };
        let Some(last_seq) = self
            .last_sends
            .get(&(tenant.id(), *id, user), tenant.context().now())
        else {
            return Ok(None);
        };
        let seq = last_seq.load(Ordering::Relaxed);
        // Otherwise the sequencer would read the records since, while all senders wait for it.
        let head = tenant.heads::<Message>(&[*id]).await?.pop();
        let is_near =
            head.is_some_and(|head| head.seq - seq <= limit::signed(limit::REMEMBERED_RECORDS));
        // A user who is just being added has not sent anything yet.
        Ok((is_near && seq > 0).then(|| PostPermission::from_own_record(*id, user, seq)))
    }
}
