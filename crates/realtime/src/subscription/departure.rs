use std::ops::Bound;
use std::sync::Arc;

use base::{IdOrExternalId, Result};
use domain::Actor;
use domain::messaging::read_log;
use wire::frames::{CloseReason, ServerFrame};

use super::Subscription;
use crate::connection::Connection;
use crate::frame::{encode, shown};

/// Sends a connection whose user left what it is owed: records behind `sent`
/// up to the one by which they left, as they see them from then on. Frames
/// made for others may tell what came later.
pub(super) async fn send_last(
    feed: Arc<Subscription>,
    connection: Arc<Connection>,
    sent: i64,
    last: i64,
) {
    let mut after = sent;
    while after < last {
        match send_some(&feed, &connection, after, last).await {
            Ok(Some(seq)) => after = seq,
            Ok(None) => return,
            Err(failure) => {
                tracing::warn!(error = %failure, "the last records for a user who left could not be read");
                return;
            }
        }
    }
}

/// Says up to which record it has sent; `None` if there is nothing more to do.
async fn send_some(
    feed: &Subscription,
    connection: &Connection,
    after: i64,
    last: i64,
) -> Result<Option<i64>> {
    let name = IdOrExternalId::Id(feed.conversation);
    let to = Bound::Included(last);
    let part = read_log(
        &feed.tenant,
        Actor::User(connection.user),
        &name,
        after,
        to,
        base::PageSize::MAX,
    )
    .await?;
    let mut sent = None;
    for record in shown(&feed.tenant, &feed.cards, part.told).await? {
        let seq = record.seq;
        if connection
            .outbox
            .push(encode(&ServerFrame::Event(Box::new(record))))
            .is_err()
        {
            connection.outbox.close(CloseReason::TooSlow, None);
            return Ok(None);
        }
        sent = Some(seq);
    }
    Ok(sent)
}
