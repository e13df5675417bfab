//! Handles change events of the store.

use std::sync::{Arc, Weak};

use base::{Id, TenantId, limit};
use domain::messaging::{Action, Conversation, Message, RecordKind};
use domain::user_log::{self, UserRecord};
use domain::users::User;
use store::{ChangeEvent, Collection, Row};
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;

use super::{Hub, Inner};
use crate::catch_panic::catch_panic;
use crate::group_by_tenant::group_by_tenant;
use crate::subscription::Subscription;

/// Runs as long as the hub exists.
pub(super) async fn run(hub: Weak<Inner>, mut changes: broadcast::Receiver<Arc<ChangeEvent>>) {
    loop {
        let change = match changes.recv().await {
            Ok(change) => change,
            Err(RecvError::Lagged(_)) => Arc::new(ChangeEvent::Lagged),
            Err(RecvError::Closed) => return,
        };
        let Some(hub) = hub.upgrade() else { return };
        let hub = Hub(hub);
        if !catch_panic(async { on_change(&hub, &change) }).await {
            on_change(&hub, &ChangeEvent::Lagged);
        }
    }
}

pub(crate) fn on_change(hub: &Hub, change: &ChangeEvent) {
    match *change {
        ChangeEvent::LogAppended {
            tenant,
            declaration,
            log,
            head,
            ref rows,
        } if declaration.name == Message::DECLARATION.name => {
            on_log_appended(hub, tenant, Id::new(log), head, rows);
        }
        ChangeEvent::LogAppended {
            tenant,
            declaration,
            log,
            head,
            ..
        } if declaration.name == UserRecord::DECLARATION.name => {
            if let Some(subscription) = hub.0.find_user_log(tenant, Id::new(log)) {
                subscription.on_log_appended(head);
            }
        }
        ChangeEvent::LogAppended { .. } => {}
        ChangeEvent::DocumentChanged {
            tenant,
            declaration,
            id,
            ref row,
        } => hub.on_document_changed(tenant, declaration, id, row.as_deref()),
        ChangeEvent::Lagged => drop(tokio::spawn(catch_up(hub.clone()))),
    }
}

fn on_log_appended(
    hub: &Hub,
    tenant: TenantId,
    conversation: Id<Conversation>,
    head: i64,
    rows: &[Arc<Row>],
) {
    let subscription = hub.0.find_subscription(tenant, conversation);
    let known = subscription.map_or(0, |subscription| subscription.on_log_appended(head, rows));
    for row in rows {
        let Some(seq) = row.read(Message::seq) else {
            continue;
        };
        match row.read(Message::kind) {
            Some(RecordKind::Message) if seq > known => on_message(hub, tenant, conversation, row),
            Some(RecordKind::Participant) => on_membership(hub, tenant, conversation, seq, row),
            Some(RecordKind::Creation) => {
                let first = row
                    .read(Message::participants)
                    .map(|first| first.0)
                    .unwrap_or_default();
                first.iter().for_each(|membership| {
                    subscribe_user(hub, tenant, conversation, seq, membership.user_id);
                });
            }
            _ => {}
        }
    }
}

/// Ends the typing indicator of a user who sent a message.
fn on_message(hub: &Hub, tenant: TenantId, conversation: Id<Conversation>, row: &Row) {
    let Some(user) = row.read(Message::user_id) else {
        return;
    };
    let key = (tenant, conversation, user);
    hub.0.typing.forget(&key);
    hub.0.typing_tracker.end(&key, || hub.stopped_typing(&key));
}

fn on_membership(hub: &Hub, tenant: TenantId, conversation: Id<Conversation>, seq: i64, row: &Row) {
    let Some(user) = row.read(Message::user_id) else {
        return;
    };
    match row.read(Message::action) {
        Some(Action::Added) => subscribe_user(hub, tenant, conversation, seq, user),
        Some(Action::Removed) => {
            if let Some(subscription) = hub.0.find_subscription(tenant, conversation) {
                subscription.end_at(user, seq);
            }
            hub.on_removed(tenant, conversation, user);
        }
        _ => {}
    }
}

/// Subscribes a user's connections to a conversation that the user joined.
fn subscribe_user(
    hub: &Hub,
    tenant: TenantId,
    conversation: Id<Conversation>,
    seq: i64,
    user: Id<User>,
) {
    let subscription = hub.0.find_subscription(tenant, conversation);
    for connection in hub.0.connections_of(tenant, user) {
        // A duplicate event finds the connection subscribed already.
        if subscription
            .as_ref()
            .is_some_and(|subscription| subscription.follows(connection.id))
        {
            continue;
        }
        let hub = hub.clone();
        tokio::spawn(async move {
            if let Err(failure) = hub.0.subscribe_one(&connection, conversation, seq).await {
                tracing::warn!(error = %failure, "failed to subscribe a connection to a joined conversation");
                connection
                    .send_queue
                    .close(wire::frames::CloseReason::TryLater, Some(super::RESTART_MS));
            }
        });
    }
}

/// Reads the current state of every subscription after change events were lost.
async fn catch_up(hub: Hub) {
    let subscriptions: Vec<_> = hub
        .0
        .subscriptions
        .iter()
        .map(|subscription| Arc::clone(&subscription))
        .collect();
    let tenants = group_by_tenant(subscriptions, |subscription| subscription.tenant.id());
    for subscriptions in tenants
        .values()
        .flat_map(|subscriptions| subscriptions.chunks(limit::RESUME_CURSORS))
    {
        refresh_heads(&hub, subscriptions).await;
    }
    for connection in hub.0.connections(|_| true) {
        if let Err(failure) = subscribe_missing(&hub, &connection).await {
            tracing::warn!(error = %failure, "failed to read conversations after change events were lost");
        }
        if let Err(failure) = hub.end_hidden_watches(&connection).await {
            tracing::warn!(error = %failure, "failed to check presence visibility after change events were lost");
        }
    }
    let subscriptions: Vec<_> = hub
        .0
        .user_logs
        .iter()
        .map(|subscription| Arc::clone(&subscription))
        .collect();
    for subscription in subscriptions {
        match user_log::head(&subscription.tenant, subscription.user).await {
            Ok(head) => subscription.on_log_appended(head),
            Err(failure) => {
                tracing::warn!(error = %failure, "failed to read a user log after change events were lost");
            }
        }
    }
}

/// Reads the heads of one tenant's conversations with one statement.
async fn refresh_heads(hub: &Hub, subscriptions: &[Arc<Subscription>]) {
    let Some(first) = subscriptions.first() else {
        return;
    };
    let ids: Vec<_> = subscriptions
        .iter()
        .map(|subscription| subscription.conversation)
        .collect();
    match first.tenant.heads::<Message>(&ids).await {
        Ok(heads) => {
            for head in heads {
                let subscription = hub
                    .0
                    .find_subscription(first.tenant.id(), Id::new(head.log));
                if let Some(subscription) = subscription {
                    subscription.on_log_appended(head.seq, &[]);
                }
            }
        }
        Err(error) => tracing::warn!(%error, "failed to read heads after change events were lost"),
    }
}

async fn subscribe_missing(
    hub: &Hub,
    connection: &Arc<crate::connection::Connection>,
) -> base::Result<()> {
    for membership in domain::messaging::memberships(&connection.tenant, connection.user).await? {
        if !hub.0.follows(connection, membership.conversation_id) {
            hub.0
                .subscribe_one(
                    connection,
                    membership.conversation_id,
                    membership.joined_seq,
                )
                .await?;
        }
    }
    Ok(())
}
