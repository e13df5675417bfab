//! Which conversations a connection follows.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

use base::{Id, Result, limit};
use domain::messaging::{self, Conversation, Message, Participant};
use domain::user_log;
use store::Head;
use wire::frames::Seq;

use super::Inner;
use crate::connection::Connection;
use crate::subscription::{self, Start, Subscription};

impl Inner {
    /// Follows all conversations of the connection's user, by two statements
    /// whatever their number, and answers the heads. Registers with every
    /// feed before the heads are read; nothing is sent before `begin`.
    pub(crate) async fn follow_all(
        &self,
        connection: &Arc<Connection>,
    ) -> Result<HashMap<Id<Conversation>, Head>> {
        let parts = messaging::parts(&connection.tenant, connection.user).await?;
        let mut feeds = Vec::with_capacity(parts.len());
        for part in &parts {
            let membership = subscription::Part {
                visible_from: part.visible_from,
                joined: part.joined_seq,
            };
            let feed = self.feed(connection, part.conversation_id, membership);
            feeds.push(Arc::downgrade(&feed));
        }
        connection.follow(feeds);
        let ids: Vec<_> = parts.iter().map(|part| part.conversation_id).collect();
        let heads = async { Ok(connection.tenant.heads::<Message>(&ids).await?) };
        // Who was removed before the feeds were registered heard of it by no hint.
        let again = messaging::parts(&connection.tenant, connection.user);
        let (heads, again): (_, Vec<messaging::Membership>) = tokio::try_join!(heads, again)?;
        let still: HashSet<_> = again.iter().map(|part| part.conversation_id).collect();
        for id in ids.iter().filter(|id| !still.contains(id)) {
            if let Some(feed) = self.known_feed(connection.tenant_id(), *id) {
                feed.leave(connection.number);
            }
        }
        let heads = heads
            .into_iter()
            .filter(|head| still.contains(&Id::new(head.log)));
        Ok(heads.map(|head| (Id::new(head.log), head)).collect())
    }

    /// Follows the log of the connection's user and answers its head; nothing
    /// is sent before `begin_user`.
    pub(crate) async fn follow_user(&self, connection: &Arc<Connection>) -> Result<i64> {
        let feed = self.user_feed(connection);
        connection.state.lock().user_feed = Arc::downgrade(&feed);
        user_log::head(&connection.tenant, connection.user).await
    }

    /// Begins to send the user's log behind the cursor, or from its head on.
    /// Answers why the client must look anew, if it must.
    pub(crate) fn begin_user(
        connection: &Connection,
        head: i64,
        cursor: Option<Seq>,
    ) -> Option<&'static str> {
        let cursor = cursor.map_or(head, Seq::get);
        let lost = fate(cursor, head);
        if let Some(feed) = connection.state.lock().user_feed.upgrade() {
            feed.begin(
                connection.number,
                if lost.is_some() { head } else { cursor },
                head,
            );
        }
        lost
    }

    /// Begins to send each conversation behind its cursor, or from its head
    /// on. Answers the conversations whose cursor is too far behind or of
    /// another time; these go on from the head.
    pub(crate) fn begin(
        &self,
        connection: &Arc<Connection>,
        heads: &HashMap<Id<Conversation>, Head>,
        cursors: &HashMap<Id<Conversation>, Seq>,
    ) -> Vec<StreamReset> {
        let mut lost = Vec::new();
        let mut feeds = VecDeque::new();
        for (id, head) in heads {
            let cursor = cursors.get(id).map_or(head.seq, |cursor| cursor.get());
            let fate = fate(cursor, head.seq);
            lost.extend(fate.map(|reason| StreamReset {
                conversation: *id,
                reason,
            }));
            if let Some(feed) = self.known_feed(connection.tenant_id(), *id) {
                feed.begin(
                    connection.number,
                    if fate.is_some() { head.seq } else { cursor },
                    head.seq,
                );
                feeds.push_back(feed);
            }
        }
        Subscription::send_together(feeds);
        lost
    }

    /// A user came in while connected: follows the conversation from that record on.
    pub(crate) async fn follow_one(
        &self,
        connection: &Arc<Connection>,
        conversation: Id<Conversation>,
        seq: i64,
    ) -> Result<()> {
        let query = Participant::membership
            .eq(Participant::conversation_id, conversation)
            .eq(Participant::user_id, connection.user);
        let Some(part) = connection
            .tenant
            .find(query)
            .await?
            .filter(|part| part.is_active)
        else {
            return Ok(());
        };
        let visible_from = part.visible_from.get();
        let joined = part.joined_seq.get();
        let feed = self.feed(
            connection,
            conversation,
            subscription::Part {
                visible_from,
                joined,
            },
        );
        if connection.also_follow(&feed).is_err() {
            self.leave_feed(connection, &feed);
            return Ok(());
        }
        feed.join(
            connection,
            Start {
                sent: seq.saturating_sub(1),
                visible_from,
                joined,
            },
        );
        feed.hear(seq, &[]);
        Ok(())
    }
}

/// Why a client with this cursor must look anew, if it must.
const fn fate(cursor: i64, head: i64) -> Option<&'static str> {
    match cursor {
        ahead if ahead > head => Some("restored"),
        behind if head.saturating_sub(behind) > limit::signed(limit::RESUME_RECORDS) => {
            Some("too_far_behind")
        }
        _ => None,
    }
}

/// A conversation that the client must read anew.
#[derive(Debug, Clone, Copy)]
pub(crate) struct StreamReset {
    pub(crate) conversation: Id<Conversation>,
    pub(crate) reason: &'static str,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_cursor_has_a_fate() {
        let head = 5_000;
        let oldest = head - limit::signed(limit::RESUME_RECORDS);
        assert_eq!(fate(head, head), None);
        assert_eq!(fate(oldest, head), None);
        for behind in [oldest - 1, 0, -1, i64::MIN] {
            assert_eq!(fate(behind, head), Some("too_far_behind"));
        }
        for ahead in [head + 1, i64::MAX] {
            assert_eq!(fate(ahead, head), Some("restored"));
        }
    }
}
