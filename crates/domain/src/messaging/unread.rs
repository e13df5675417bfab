//! Unread counts, computed from the log and the receipts; never stored.

use std::collections::HashMap;
use std::ops::Bound;

use base::{Id, Result, limit};
use store::{CountFilter, Head, TenantStore};

use super::collections::{Conversation, Message};
use super::participant::{Membership, memberships};
use super::receipts::{Receipts, own_receipts};
use crate::users::User;

/// Unread counts of a user.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unread {
    /// Unread messages, at most [`limit::UNREAD_COUNTED`] per conversation.
    pub messages: usize,
    /// Conversations with unread messages.
    pub conversations: usize,
}

/// Receipts and unread count of a user in one conversation.
pub(super) struct UnreadCount {
    pub(super) receipts: Receipts,
    pub(super) unread: usize,
}

/// Returns the user's receipts and unread counts in several conversations. Uses one statement for
/// the receipts and one or two per several hundred counts.
pub(super) async fn unread_of(
    tenant: &TenantStore,
    user: Id<User>,
    members: &[Membership],
    heads: &HashMap<Id<Conversation>, Head>,
) -> Result<HashMap<Id<Conversation>, UnreadCount>> {
    let ids: Vec<_> = members
        .iter()
        .map(|member| member.conversation_id)
        .collect();
    let receipts = own_receipts(tenant, user, &ids).await?;
    let receipts: HashMap<_, _> = receipts
        .iter()
        .map(|receipt| (receipt.conversation_id, receipt.receipts()))
        .collect();
    let after = |member: &Membership| {
        receipts
            .get(&member.conversation_id)
            .map_or(0, |receipts| receipts.read_seq)
            .max(member.visible_from - 1)
    };
    let shown = |member: &Membership| {
        heads
            .get(&member.conversation_id)
            .and_then(|head| head.shown)
            .map_or(0, |shown| shown.seq)
    };
    let behind: Vec<_> = members
        .iter()
        .filter(|member| shown(member) > after(member))
        .collect();
    let spans = behind.iter().map(|member| {
        let timeline = Message::by_shown
            .eq(Message::conversation_id, member.conversation_id)
            .eq(Message::shown, true);
        // Bounded, so that an engine sees which ranges are too short to need a limit.
        timeline.between(
            Message::seq,
            Bound::Excluded(after(member)),
            Bound::Included(shown(member)),
        )
    });
    let uncounted = CountFilter::default()
        .with(Message::sender_id, user)
        .deleted();
    let counts = tenant
        .count_each(spans.collect(), limit::UNREAD_COUNTED, uncounted)
        .await?;
    let counts: HashMap<_, _> = behind
        .iter()
        .map(|member| member.conversation_id)
        .zip(counts)
        .collect();
    let counted = |id: Id<Conversation>| UnreadCount {
        receipts: receipts.get(&id).copied().unwrap_or_default(),
        unread: counts.get(&id).copied().unwrap_or(0),
    };
    Ok(ids.into_iter().map(|id| (id, counted(id))).collect())
}

/// Returns the user's total unread counts.
///
/// # Errors
/// When the store is unavailable.
pub async fn unread_total(tenant: &TenantStore, user: Id<User>) -> Result<Unread> {
    let members = memberships(tenant, user).await?;
    let ids: Vec<_> = members
        .iter()
        .map(|member| member.conversation_id)
        .collect();
    let heads = tenant.heads::<Message>(&ids).await?;
    let heads = heads
        .into_iter()
        .map(|head| (Id::new(head.log), head))
        .collect();
    let counted = unread_of(tenant, user, &members, &heads).await?;
    let unread = counted
        .values()
        .map(|counted| counted.unread)
        .filter(|unread| *unread > 0);
    Ok(unread.fold(Unread::default(), |sum, unread| Unread {
        messages: sum.messages + unread,
        conversations: sum.conversations + 1,
    }))
}
