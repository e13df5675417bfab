use std::ops::Bound;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use base::{Direction, Id, IdOrExternalId, PageSize, Result, TenantId, TtlCache, limit};
use quick_cache::sync::Cache;
use store::{Entity, Since, TenantStore, Timeline};

use super::access::{Access, open};
use super::collections::{Action, Conversation, Message, RecordKind};
use super::history::{Cursor, History, page};
use crate::actor::Actor;
use crate::users::User;

/// What a process knows of those who read histories. As of which record a user
/// took part, and from which one they may read, is remembered, so that their
/// next page is a single statement: it brings the records since along, and
/// whatever takes the right to read away is one of them (decision 7). What is
/// remembered is looked at anew after [`limit::REMEMBERED_SECONDS`], when more
/// records came since than a page has messages, and where the log says nothing
/// any more. Cheap to clone.
#[derive(Clone, Debug)]
pub struct HistoryReader {
    parts: Arc<TtlCache<Reader, Arc<Membership>>>,
    /// Which message stands where never changes.
    cursors: Arc<Cache<(TenantId, Id<Message>), Place>>,
}

type Reader = (TenantId, Id<Conversation>, Id<User>);
type Place = (Id<Conversation>, i64);

/// That a user took part.
#[derive(Debug)]
struct Membership {
    as_of: AtomicI64,
    /// The first record that they may read, as long as nothing is said of them.
    visible_from: i64,
    /// Whether the last page held nearly all records between its first and last message.
    dense: AtomicBool,
}

impl Default for HistoryReader {
    fn default() -> Self {
        let parts = TtlCache::new(limit::REMEMBERED_READERS, limit::REMEMBERED_SECONDS);
        Self {
            parts: Arc::new(parts),
            cursors: Arc::new(Cache::new(limit::REMEMBERED_READERS)),
        }
    }
}

impl HistoryReader {
    /// A page of the main timeline behind a message, or from its end.
    ///
    /// # Errors
    /// 404 `conversation_not_found`, 403 `not_a_participant`, 400
    /// `invalid_cursor` when the cursor is no message of the conversation.
    pub async fn history(
        &self,
        tenant: &TenantStore,
        actor: Actor,
        name: &IdOrExternalId<Conversation>,
        cursor: Option<Id<Message>>,
        direction: Direction,
        size: PageSize,
    ) -> Result<History> {
        if let (IdOrExternalId::Id(id), Ok(user), Direction::Backward) =
            (name, actor.user(), direction)
            && let Some(found) = self.recall(tenant, *id, user, cursor, size.get()).await?
        {
            return Ok(found);
        }
        let access = open(tenant, actor, name).await?;
        let (found, behind) = page(tenant, &access, cursor, direction, size).await?;
        self.learn(tenant, &access);
        if let Some(Cursor { id, seq }) = behind {
            self.cursors
                .insert((tenant.id(), id), (access.conversation.id, seq));
        }
        self.keep_end(tenant, &found);
        Ok(found)
    }

    /// The page as somebody sees it who is remembered; `None` where that says nothing.
    async fn recall(
        &self,
        tenant: &TenantStore,
        conversation: Id<Conversation>,
        user: Id<User>,
        cursor: Option<Id<Message>>,
        size: usize,
    ) -> Result<Option<History>> {
        let key = (tenant.id(), conversation, user);
        let Some(part) = self.parts.get(&key, tenant.context().now()) else {
            return Ok(None);
        };
        let Some(to) = self.end(tenant, conversation, &part, cursor) else {
            return Ok(None);
        };
        let Some(head) = tenant.heads::<Message>(&[conversation]).await?.pop() else {
            return Ok(None);
        };
        let seq = part.as_of.load(Ordering::Relaxed);
        let records = usize::try_from(head.seq - seq).unwrap_or(0);
        if records > size {
            return Ok(None);
        }
        let range = (Bound::Included(part.visible_from), to);
        let since = Since {
            seq,
            records,
            dense: part.dense.load(Ordering::Relaxed),
        };
        let found = tenant
            .timeline::<Message>(conversation, range, size, since)
            .await?;
        let Some(Timeline {
            shown,
            more,
            beside,
            dense,
        }) = found.filter(|found| !found.shown.is_empty())
        else {
            return Ok(None);
        };
        if beside.iter().any(|record| ends(record, user)) {
            self.parts.remove(&key);
            return Ok(None);
        }
        part.dense.store(dense, Ordering::Relaxed);
        // What was written before the statement came is in it, unless a primary answered that had just begun.
        let newest = shown.iter().chain(&beside).map(|record| record.seq).max();
        part.as_of.fetch_max(
            newest.map_or(seq, |newest| newest.min(head.seq)),
            Ordering::Relaxed,
        );
        let found = History {
            messages: shown,
            more,
        };
        self.keep_end(tenant, &found);
        Ok(Some(found))
    }

    /// Where the page ends that is asked for; `None` where that must be looked up.
    fn end(
        &self,
        tenant: &TenantStore,
        conversation: Id<Conversation>,
        part: &Membership,
        cursor: Option<Id<Message>>,
    ) -> Option<Bound<i64>> {
        let Some(cursor) = cursor else {
            return Some(Bound::Unbounded);
        };
        let (of, seq) = self.cursors.get(&(tenant.id(), cursor))?;
        (of == conversation && seq >= part.visible_from).then_some(Bound::Excluded(seq))
    }

    fn learn(&self, tenant: &TenantStore, access: &Access) {
        let Some(part) = access.part.as_ref().filter(|part| part.is_active) else {
            return;
        };
        let as_of = AtomicI64::new(access.head);
        let dense = AtomicBool::new(true);
        let known = Membership {
            as_of,
            visible_from: part.visible_from.get(),
            dense,
        };
        let key = (tenant.id(), access.conversation.id, part.user_id);
        self.parts
            .insert(key, Arc::new(known), tenant.context().now());
    }

    /// The message that the next page goes on behind.
    fn keep_end(&self, tenant: &TenantStore, found: &History) {
        if let Some(last) = found.messages.last().filter(|_| found.more) {
            self.cursors
                .insert((tenant.id(), last.id), (last.conversation_id, last.seq));
        }
    }
}

/// Whether a record may change what the user may read: it is about the user's
/// part, or the conversation is deleted.
fn ends(record: &Entity<Message>, user: Id<User>) -> bool {
    match record.kind {
        RecordKind::Participant | RecordKind::Erasure => record.user_id == Some(user),
        RecordKind::Settings => record.action == Some(Action::Removed),
        _ => false,
    }
}
