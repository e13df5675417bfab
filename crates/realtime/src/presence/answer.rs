use std::collections::HashSet;
use std::sync::Arc;

use base::Result;
use domain::messaging::presence_of;
use domain::relationships::blocked_among;
use domain::users;
use wire::frames::Presence;

use super::frame;
use crate::connection::Connection;
use crate::hub::Hub;

/// What a presence frame asks for.
pub(crate) async fn answer(hub: &Hub, connection: &Arc<Connection>, wanted: Presence) -> Result<()> {
    if let Some(online) = wanted.online {
        connection.state.lock().shows_online = online;
        hub.0.there_written(connection).await?;
    }
    let Some(names) = wanted.user_ids else { return Ok(()) };
    let found = users::resolve_many(&connection.tenant, &names).await.map_err(|failure| failure.within("/user_ids"))?;
    let mut ids: Vec<_> = found.iter().map(|user| user.id).collect();
    let hidden = blocked_among(&connection.tenant, connection.user, &ids).await?;
    ids.retain(|id| !hidden.contains(id));
    // Watching begins before the state is read, so that no change falls between.
    hub.0.watch(connection, ids.iter().copied().collect::<HashSet<_>>());
    hub.hide_blocked(connection).await?;
    let since = hub.0.next_number();
    let seen = presence_of(&connection.tenant, &ids).await?;
    for user in &found {
        let seen = seen.get(&user.id);
        let online = seen.is_some_and(|seen| seen.online);
        let last_seen_at = seen.map(|seen| seen.last_seen_at).max(user.last_seen_at);
        let last_seen_at = last_seen_at.filter(|_| !online && !hidden.contains(&user.id));
        connection.outbox.answer(frame(user.id, online, last_seen_at));
        hub.0.shown(connection, user.id, online, since);
    }
    Ok(())
}
