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

/// Reads histories with cached memberships. For each reader, caches the record as of which the user
/// was a participant and the first record they may read. The next page is then a single statement,
/// which also returns the records since: any loss of access is one of them (decision 7). An entry
/// is re-read after [`limit::REMEMBERED_SECONDS`], if more records were appended than a page has
/// messages, or if the log cannot answer. Cheap to clone.
#[derive(Clone, Debug)]
pub struct HistoryReader {
    members: Arc<TtlCache<ReaderKey, Arc<CachedAccess>>>,
    /// Sequence numbers of cursor messages; immutable.
    cursors: Arc<Cache<(TenantId, Id<Message>), CursorPosition>>,
}

type ReaderKey = (TenantId, Id<Conversation>, Id<User>);
type CursorPosition = (Id<Conversation>, i64);

/// A cached membership.
#[derive(Debug)]
struct CachedAccess {
    as_of: AtomicI64,
    /// Sequence number of the first readable record, while no record concerns the user.
    visible_from: i64,
    /// Whether the last page contained nearly all records between its first and last message.
    dense: AtomicBool,
}

impl Default for HistoryReader {
    fn default() -> Self {
        let members = TtlCache::new(limit::REMEMBERED_READERS, limit::REMEMBERED_SECONDS);
        Self {
            members: Arc::new(members),
            cursors: Arc::new(Cache::new(limit::REMEMBERED_READERS)),
        }
    }
}

impl HistoryReader {
    /// Returns a page of the main timeline after a message or from its end.
    ///
    /// # Errors
    /// 404 `conversation_not_found`, 403 `not_a_participant`, 400 `invalid_cursor` if the cursor is
    /// not a message of the conversation.
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
            && let Some(found) = self
                .cached_history(tenant, *id, user, cursor, size.get())
                .await?
        {
            return Ok(found);
        }
        let access = open(tenant, actor, name).await?;
        let (found, behind) = page(tenant, &access, cursor, direction, size).await?;
        self.cache_access(tenant, &access);
        if let Some(Cursor { id, seq }) = behind {
            self.cursors
                .insert((tenant.id(), id), (access.conversation.id, seq));
        }
        self.cache_cursor(tenant, &found);
        Ok(found)
    }

    /// Returns the page from cached access; `None` if the cache is not sufficient.
    async fn cached_history(
        &self,
        tenant: &TenantStore,
        conversation: Id<Conversation>,
        user: Id<User>,
        cursor: Option<Id<Message>>,
        size: usize,
    ) -> Result<Option<History>> {
        let key = (tenant.id(), conversation, user);
        let Some(member) = self.members.get(&key, tenant.context().now()) else {
            return Ok(None);
        };
        let Some(to) = self.page_end(tenant, conversation, &member, cursor) else {
            return Ok(None);
        };
        let Some(head) = tenant.heads::<Message>(&[conversation]).await?.pop() else {
            return Ok(None);
        };
        let seq = member.as_of.load(Ordering::Relaxed);
        let records = usize::try_from(head.seq - seq).unwrap_or(0);
        if records > size {
            return Ok(None);
        }
        let range = (Bound::Included(member.visible_from), to);
        let since = Since {
            seq,
            records,
            dense: member.dense.load(Ordering::Relaxed),
        };
        let found = tenant
            .timeline::<Message>(conversation, range, size, since)
            .await?;
        let Some(Timeline {
            shown,
            more,
            unshown,
            dense,
        }) = found.filter(|found| !found.shown.is_empty())
        else {
            return Ok(None);
        };
        if unshown.iter().any(|record| may_change_access(record, user)) {
            self.members.remove(&key);
            return Ok(None);
        }
        member.dense.store(dense, Ordering::Relaxed);
        // Everything written before the statement began is included, except when a primary that was
        // just elected has answered.
        let newest = shown.iter().chain(&unshown).map(|record| record.seq).max();
        member.as_of.fetch_max(
            newest.map_or(seq, |newest| newest.min(head.seq)),
            Ordering::Relaxed,
        );
        let found = History {
            messages: shown,
            more,
        };
        self.cache_cursor(tenant, &found);
        Ok(Some(found))
    }

    /// Returns the sequence number at which the page begins; `None` if it must be read from the
    /// store.
    fn page_end(
        &self,
        tenant: &TenantStore,
        conversation: Id<Conversation>,
        member: &CachedAccess,
        cursor: Option<Id<Message>>,
    ) -> Option<Bound<i64>> {
        let Some(cursor) = cursor else {
            return Some(Bound::Unbounded);
        };
        let (of, seq) = self.cursors.get(&(tenant.id(), cursor))?;
        (of == conversation && seq >= member.visible_from).then_some(Bound::Excluded(seq))
    }

    fn cache_access(&self, tenant: &TenantStore, access: &Access) {
        let Some(member) = access.member.as_ref().filter(|member| member.is_active) else {
            return;
        };
        let as_of = AtomicI64::new(access.head);
        let dense = AtomicBool::new(true);
        let known = CachedAccess {
            as_of,
            visible_from: member.visible_from.get(),
            dense,
        };
        let key = (tenant.id(), access.conversation.id, member.user_id);
        self.members
            .insert(key, Arc::new(known), tenant.context().now());
    }

    /// Caches the message after which the next page continues.
    fn cache_cursor(&self, tenant: &TenantStore, found: &History) {
        if let Some(last) = found.messages.last().filter(|_| found.more) {
            self.cursors
                .insert((tenant.id(), last.id), (last.conversation_id, last.seq));
        }
    }
}

/// Returns whether a record may change the user's access: it concerns their membership or deletes
/// the conversation.
fn may_change_access(record: &Entity<Message>, user: Id<User>) -> bool {
    match record.kind {
        RecordKind::Participant | RecordKind::Erasure => record.user_id == Some(user),
        RecordKind::Settings => record.action == Some(Action::Removed),
        _ => false,
    }
}
