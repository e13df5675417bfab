//! Follows the store's hints.

use std::collections::HashMap;
use std::sync::{Arc, Weak};

use base::{Id, TenantId, limit};
use domain::messaging::{Action, Conversation, Message, RecordKind};
use domain::user_log::{self, UserRecord};
use domain::users::User;
use store::{ChangeEvent, Collection, Row};
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;

use super::{Hub, Inner};
use crate::catch_panic::contained;
use crate::subscription::Subscription;

/// Runs as long as the hub is there.
pub(super) async fn run(hub: Weak<Inner>, mut hints: broadcast::Receiver<Arc<ChangeEvent>>) {
    loop {
        let hint = match hints.recv().await {
            Ok(hint) => hint,
            Err(RecvError::Lagged(_)) => Arc::new(ChangeEvent::Lagged),
            Err(RecvError::Closed) => return,
        };
        let Some(hub) = hub.upgrade() else { return };
        let hub = Hub(hub);
        if !contained(async { hear(&hub, &hint) }).await {
            hear(&hub, &ChangeEvent::Lagged);
        }
    }
}

pub(crate) fn hear(hub: &Hub, hint: &ChangeEvent) {
    match *hint {
        ChangeEvent::LogAppended {
            tenant,
            declaration,
            log,
            head,
            ref rows,
        } if declaration.name == Message::DECLARATION.name => {
            grew(hub, tenant, Id::new(log), head, rows);
        }
        ChangeEvent::LogAppended {
            tenant,
            declaration,
            log,
            head,
            ..
        } if declaration.name == UserRecord::DECLARATION.name => {
            if let Some(feed) = hub.0.known_user_feed(tenant, Id::new(log)) {
                feed.hear(head);
            }
        }
        ChangeEvent::LogAppended { .. } => {}
        ChangeEvent::DocumentChanged {
            tenant,
            declaration,
            id,
            ref row,
        } => hub.written(tenant, declaration, id, row.as_deref()),
        ChangeEvent::Lagged => drop(tokio::spawn(catch_up(hub.clone()))),
    }
}

fn grew(hub: &Hub, tenant: TenantId, conversation: Id<Conversation>, head: i64, rows: &[Arc<Row>]) {
    let feed = hub.0.known_feed(tenant, conversation);
    let known = feed.map_or(0, |feed| feed.hear(head, rows));
    for row in rows {
        let Some(seq) = row.read(Message::seq) else {
            continue;
        };
        match row.read(Message::kind) {
            Some(RecordKind::Message) if seq > known => sent(hub, tenant, conversation, row),
            Some(RecordKind::Participant) => moved(hub, tenant, conversation, seq, row),
            Some(RecordKind::Creation) => {
                let first = row
                    .read(Message::participants)
                    .map(|first| first.0)
                    .unwrap_or_default();
                first
                    .iter()
                    .for_each(|part| enter(hub, tenant, conversation, seq, part.user_id));
            }
            _ => {}
        }
    }
}

/// A user who sends a message has stopped typing.
fn sent(hub: &Hub, tenant: TenantId, conversation: Id<Conversation>, row: &Row) {
    let Some(user) = row.read(Message::user_id) else {
        return;
    };
    let key = (tenant, conversation, user);
    hub.0.typing.forget(&key);
    hub.0.typing_heard.ended(&key, || hub.stopped_typing(&key));
}

fn moved(hub: &Hub, tenant: TenantId, conversation: Id<Conversation>, seq: i64, row: &Row) {
    let Some(user) = row.read(Message::user_id) else {
        return;
    };
    match row.read(Message::action) {
        Some(Action::Added) => enter(hub, tenant, conversation, seq, user),
        Some(Action::Removed) => {
            if let Some(feed) = hub.0.known_feed(tenant, conversation) {
                feed.end_at(user, seq);
            }
            hub.removed_from(tenant, conversation, user);
        }
        _ => {}
    }
}

/// Lets a user's connections follow a conversation that they came into.
fn enter(hub: &Hub, tenant: TenantId, conversation: Id<Conversation>, seq: i64, user: Id<User>) {
    let feed = hub.0.known_feed(tenant, conversation);
    for connection in hub.0.connections_of(tenant, user) {
        // A hint that comes twice finds the connection following already.
        if feed
            .as_ref()
            .is_some_and(|feed| feed.follows(connection.number))
        {
            continue;
        }
        let hub = hub.clone();
        tokio::spawn(async move {
            if let Err(failure) = hub.0.follow_one(&connection, conversation, seq).await {
                tracing::warn!(error = %failure, "a connection could not follow a conversation that its user came into");
                connection
                    .outbox
                    .close(wire::frames::CloseReason::TryLater, Some(super::RESTART_MS));
            }
        });
    }
}

/// Hints were lost: looks at the store for everything that is followed here.
async fn catch_up(hub: Hub) {
    let mut feeds: HashMap<TenantId, Vec<Arc<Subscription>>> = HashMap::new();
    hub.0.feeds.iter().for_each(|feed| {
        feeds
            .entry(feed.tenant.id())
            .or_default()
            .push(Arc::clone(&feed));
    });
    for feeds in feeds
        .values()
        .flat_map(|feeds| feeds.chunks(limit::RESUME_CURSORS))
    {
        missed_records(&hub, feeds).await;
    }
    for connection in hub.0.connections(|_| true) {
        if let Err(failure) = missed_parts(&hub, &connection).await {
            tracing::warn!(error = %failure, "conversations could not be read after hints were lost");
        }
        if let Err(failure) = hub.end_hidden_watches(&connection).await {
            tracing::warn!(error = %failure, "failed to check presence visibility after change events were lost");
        }
    }
    let feeds: Vec<_> = hub
        .0
        .user_feeds
        .iter()
        .map(|feed| Arc::clone(&feed))
        .collect();
    for feed in feeds {
        match user_log::head(&feed.tenant, feed.user).await {
            Ok(head) => feed.hear(head),
            Err(failure) => {
                tracing::warn!(error = %failure, "a user's log could not be read after hints were lost");
            }
        }
    }
}

/// Feeds of one tenant, by one statement.
async fn missed_records(hub: &Hub, feeds: &[Arc<Subscription>]) {
    let Some(first) = feeds.first() else { return };
    let ids: Vec<_> = feeds.iter().map(|feed| feed.conversation).collect();
    match first.tenant.heads::<Message>(&ids).await {
        Ok(heads) => {
            for head in heads {
                let feed = hub.0.known_feed(first.tenant.id(), Id::new(head.log));
                if let Some(feed) = feed {
                    feed.hear(head.seq, &[]);
                }
            }
        }
        Err(error) => tracing::warn!(%error, "heads could not be read after hints were lost"),
    }
}

async fn missed_parts(
    hub: &Hub,
    connection: &Arc<crate::connection::Connection>,
) -> base::Result<()> {
    for part in domain::messaging::parts(&connection.tenant, connection.user).await? {
        if !hub.0.follows(connection, part.conversation_id) {
            hub.0
                .follow_one(connection, part.conversation_id, part.joined_seq)
                .await?;
        }
    }
    Ok(())
}
