use std::ops::Bound;
use std::sync::Arc;

use base::{IdOrExternalId, Result};
use domain::Actor;
use domain::messaging::read_log;
use wire::frames::{CloseReason, ServerFrame};

use super::Subscription;
use crate::connection::Connection;
use crate::frame::{encode, to_records};

/// Sends the pending records to a connection whose user left: after `sent` up to the
/// record of the removal, as the user sees them afterwards. Shared frames may contain
/// later changes.
pub(super) async fn send_last(
    subscription: Arc<Subscription>,
    connection: Arc<Connection>,
    sent: i64,
    last: i64,
) {
    let mut after = sent;
    while after < last {
        match send_batch(&subscription, &connection, after, last).await {
            Ok(Some(seq)) => after = seq,
            Ok(None) => return,
            Err(failure) => {
                tracing::warn!(error = %failure, "failed to read the last records for a user who left");
                return;
            }
        }
    }
}

/// Sends one batch and returns the last record sent; `None` if nothing is left.
async fn send_batch(
    subscription: &Subscription,
    connection: &Connection,
    after: i64,
    last: i64,
) -> Result<Option<i64>> {
    let conversation = IdOrExternalId::Id(subscription.conversation);
    let to = Bound::Included(last);
    let page = read_log(
        &subscription.tenant,
        Actor::User(connection.user),
        &conversation,
        after,
        to,
        base::PageSize::MAX,
    )
    .await?;
    let mut sent = None;
    for record in to_records(&subscription.tenant, &subscription.user_cache, page.events).await? {
        let seq = record.seq;
        if connection
            .send_queue
            .push(encode(&ServerFrame::Event(Box::new(record))))
            .is_err()
        {
            connection.send_queue.close(CloseReason::TooSlow, None);
            return Ok(None);
        }
        sent = Some(seq);
    }
    Ok(sent)
}
