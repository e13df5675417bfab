//! Subscribes connections to conversations and user logs.

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
    /// Subscribes to all conversations of the connection's user with two statements and
    /// returns the heads.
    ///
    /// Registers with every subscription before it reads the heads. Nothing is sent
    /// before `begin`.
    pub(crate) async fn subscribe_all(
        &self,
        connection: &Arc<Connection>,
    ) -> Result<HashMap<Id<Conversation>, Head>> {
        let memberships = messaging::memberships(&connection.tenant, connection.user).await?;
        let mut subscriptions = Vec::with_capacity(memberships.len());
        for membership in &memberships {
            let visibility = subscription::Visibility {
                visible_from: membership.visible_from,
                joined: membership.joined_seq,
            };
            let subscription =
                self.add_subscriber(connection, membership.conversation_id, visibility);
            subscriptions.push(Arc::downgrade(&subscription));
        }
        connection.set_subscriptions(subscriptions);
        let ids: Vec<_> = memberships
            .iter()
            .map(|membership| membership.conversation_id)
            .collect();
        let heads = async { Ok(connection.tenant.heads::<Message>(&ids).await?) };
        // A removal before the registration caused no event for this connection.
        let current = messaging::memberships(&connection.tenant, connection.user);
        let (heads, current): (_, Vec<messaging::Membership>) = tokio::try_join!(heads, current)?;
        let current_ids: HashSet<_> = current
            .iter()
            .map(|membership| membership.conversation_id)
            .collect();
        for id in ids.iter().filter(|id| !current_ids.contains(id)) {
            if let Some(subscription) = self.find_subscription(connection.tenant_id(), *id) {
                subscription.remove(connection.id);
            }
        }
        let heads = heads
            .into_iter()
            .filter(|head| current_ids.contains(&Id::new(head.log)));
        Ok(heads.map(|head| (Id::new(head.log), head)).collect())
    }

    /// Subscribes to the log of the connection's user and returns its head. Nothing is
    /// sent before `begin_user_log`.
    pub(crate) async fn subscribe_user_log(&self, connection: &Arc<Connection>) -> Result<i64> {
        let subscription = self.add_user_log(connection);
        connection.state.lock().user_log = Arc::downgrade(&subscription);
        user_log::head(&connection.tenant, connection.user).await
    }

    /// Starts to send the user's log after the cursor, or from its head. Returns the
    /// reason if the client must read it again.
    pub(crate) fn begin_user_log(
        connection: &Connection,
        head: i64,
        cursor: Option<Seq>,
    ) -> Option<&'static str> {
        let cursor = cursor.map_or(head, Seq::get);
        let resets = reset_reason(cursor, head);
        if let Some(subscription) = connection.state.lock().user_log.upgrade() {
            subscription.begin(
                connection.id,
                if resets.is_some() { head } else { cursor },
                head,
            );
        }
        resets
    }

    /// Starts to send each conversation after its cursor, or from its head.
    ///
    /// Returns the conversations with a cursor that is too old or above the head. They
    /// start from the head.
    pub(crate) fn begin(
        &self,
        connection: &Arc<Connection>,
        heads: &HashMap<Id<Conversation>, Head>,
        cursors: &HashMap<Id<Conversation>, Seq>,
    ) -> Vec<StreamReset> {
        let mut resets = Vec::new();
        let mut subscriptions = VecDeque::new();
        for (id, head) in heads {
            let cursor = cursors.get(id).map_or(head.seq, |cursor| cursor.get());
            let reset_reason = reset_reason(cursor, head.seq);
            resets.extend(reset_reason.map(|reason| StreamReset {
                conversation: *id,
                reason,
            }));
            if let Some(subscription) = self.find_subscription(connection.tenant_id(), *id) {
                subscription.begin(
                    connection.id,
                    if reset_reason.is_some() {
                        head.seq
                    } else {
                        cursor
                    },
                    head.seq,
                );
                subscriptions.push_back(subscription);
            }
        }
        Subscription::send_together(subscriptions);
        resets
    }

    /// Subscribes to a conversation that the user joined while connected, from that
    /// record on.
    pub(crate) async fn subscribe_one(
        &self,
        connection: &Arc<Connection>,
        conversation: Id<Conversation>,
        seq: i64,
    ) -> Result<()> {
        let query = Participant::membership
            .eq(Participant::conversation_id, conversation)
            .eq(Participant::user_id, connection.user);
        let Some(membership) = connection
            .tenant
            .find(query)
            .await?
            .filter(|membership| membership.is_active)
        else {
            return Ok(());
        };
        let visible_from = membership.visible_from.get();
        let joined = membership.joined_seq.get();
        let subscription = self.add_subscriber(
            connection,
            conversation,
            subscription::Visibility {
                visible_from,
                joined,
            },
        );
        if connection.add_subscription(&subscription).is_err() {
            self.unsubscribe(connection, &subscription);
            return Ok(());
        }
        subscription.join(
            connection,
            Start {
                sent: seq.saturating_sub(1),
                visible_from,
                joined,
            },
        );
        subscription.on_log_appended(seq, &[]);
        Ok(())
    }
}

/// Returns why a client with this cursor must read the log again; `None` if the cursor
/// is valid.
const fn reset_reason(cursor: i64, head: i64) -> Option<&'static str> {
    match cursor {
        ahead if ahead > head => Some("restored"),
        too_old if head.saturating_sub(too_old) > limit::signed(limit::RESUME_RECORDS) => {
            Some("too_far_behind")
        }
        _ => None,
    }
}

/// A conversation that the client must read again.
#[derive(Debug, Clone, Copy)]
pub(crate) struct StreamReset {
    pub(crate) conversation: Id<Conversation>,
    pub(crate) reason: &'static str,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursor_out_of_range_causes_reset() {
        let head = 5_000;
        let oldest = head - limit::signed(limit::RESUME_RECORDS);
        assert_eq!(reset_reason(head, head), None);
        assert_eq!(reset_reason(oldest, head), None);
        for behind in [oldest - 1, 0, -1, i64::MIN] {
            assert_eq!(reset_reason(behind, head), Some("too_far_behind"));
        }
        for ahead in [head + 1, i64::MAX] {
            assert_eq!(reset_reason(ahead, head), Some("restored"));
        }
    }
}
