use std::collections::HashSet;
use std::sync::Arc;

use base::{Failure, Result, limit};
use domain::devices;
use domain::messaging::{presence_of, set_presence};
use domain::relationships::blocked_among;
use domain::users;
use wire::frames::{Presence, ServerFrame};
use wire::{PresenceSignal, Signal};

use crate::connection::Connection;
use crate::frame::encode;
use crate::hub::Hub;

/// What a presence frame asks for.
pub(crate) async fn answer(hub: &Hub, connection: &Arc<Connection>, wanted: Presence) -> Result<()> {
    if let Some(online) = wanted.online {
        set_presence(&connection.tenant, connection.user, &connection.device, online).await?;
    }
    let Some(names) = wanted.user_ids else { return Ok(()) };
    if names.len() > limit::PRESENCE_WATCHED {
        return Err(Failure::invalid("/user_ids", format!("must have at most {} entries", limit::PRESENCE_WATCHED)));
    }
    let found = users::resolve_many(&connection.tenant, &names).await.map_err(|failure| failure.within("/user_ids"))?;
    let mut ids: Vec<_> = found.iter().map(|user| user.id).collect();
    let hidden = blocked_among(&connection.tenant, connection.user, &ids).await?;
    ids.retain(|id| !hidden.contains(id));
    // Watching begins before the state is read, so that no change falls between.
    hub.0.watch(connection, ids.iter().copied().collect::<HashSet<_>>());
    hub.hide_blocked(connection).await?;
    let seen = presence_of(&connection.tenant, &ids).await?;
    for user in &found {
        let seen = seen.get(&user.id);
        let online = seen.is_some_and(|seen| seen.online);
        let last_seen_at = seen.map(|seen| seen.last_seen_at).max(user.last_seen_at);
        let last_seen_at = last_seen_at.filter(|_| !online && !hidden.contains(&user.id));
        let signal = Signal::PresenceChanged(PresenceSignal { user_id: user.id, online, last_seen_at });
        connection.outbox.answer(encode(&ServerFrame::Signal(signal)));
    }
    Ok(())
}

/// A device came, or is still there: its user is online.
pub(crate) async fn came(connection: &Connection) {
    note(set_presence(&connection.tenant, connection.user, &connection.device, true).await);
}

/// Notes when a registered device was there.
pub(crate) async fn seen(connection: &Connection) {
    if connection.named {
        note(devices::seen(&connection.tenant, connection.user, &connection.device).await);
    }
}

/// A device went. The user's last one takes their presence with it.
pub(crate) async fn went(connection: &Connection, last: bool) {
    if last {
        note(set_presence(&connection.tenant, connection.user, &connection.device, false).await);
        note(users::saw(&connection.tenant, connection.user).await);
    }
}

/// Presence is of the moment: when it cannot be written, nothing else suffers.
fn note(written: Result<()>) {
    if let Err(failure) = written {
        tracing::debug!(error = %failure, "presence could not be written");
    }
}
