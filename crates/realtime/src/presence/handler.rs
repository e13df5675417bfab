use std::collections::HashSet;
use std::sync::Arc;

use base::Result;
use domain::messaging::{own_conversation, presence_of, presence_visible};
use domain::users;
use wire::frames::Presence;

use super::frame;
use crate::connection::Connection;
use crate::hub::Hub;

/// What a presence frame asks for.
pub(crate) async fn answer(
    hub: &Hub,
    connection: &Arc<Connection>,
    wanted: Presence,
) -> Result<()> {
    if let Some(online) = wanted.online {
        connection.state.lock().shows_online = online;
        hub.0.there_written(connection).await?;
    }
    let Some(names) = wanted.user_ids else {
        return Ok(());
    };
    let found = users::resolve_many(&connection.tenant, &names)
        .await
        .map_err(|failure| failure.within("/user_ids"))?;
    let ids: Vec<_> = found.iter().map(|user| user.id).collect();
    let conversation = match wanted.conversation_id {
        Some(name) => Some(own_conversation(&connection.tenant, connection.user, &name).await?),
        None => None,
    };
    let visible = presence_visible(&connection.tenant, connection.user, &ids, conversation).await?;
    // Watching begins before the state is read, so that no change falls between.
    hub.0.watch(connection, visible, conversation);
    hub.end_hidden_watches(connection).await?;
    let watched: HashSet<_> = connection.state.lock().watched.clone();
    let since = hub.0.next_number();
    let seen = presence_of(
        &connection.tenant,
        &watched.iter().copied().collect::<Vec<_>>(),
    )
    .await?;
    for user in &found {
        let seen = seen.get(&user.id);
        let online = seen.is_some_and(|seen| seen.online);
        let last_seen_at = seen
            .and_then(|seen| seen.last_seen_at)
            .max(user.last_seen_at);
        let last_seen_at = last_seen_at.filter(|_| !online && watched.contains(&user.id));
        connection
            .outbox
            .answer(frame(user.id, online, last_seen_at));
        hub.0.shown(connection, user.id, online, since);
    }
    Ok(())
}
