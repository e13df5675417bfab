use std::collections::HashSet;
use std::sync::Arc;

use base::Result;
use domain::messaging::{own_conversation, presence_of, presence_visible};
use domain::users;
use wire::frames::Presence;

use super::frame;
use crate::connection::Connection;
use crate::hub::Hub;

/// Handles a presence frame.
pub(crate) async fn handle(
    hub: &Hub,
    connection: &Arc<Connection>,
    request: Presence,
) -> Result<()> {
    if let Some(online) = request.online {
        connection.state.lock().shows_online = online;
        hub.0.set_online_written(connection).await?;
    }
    let Some(names) = request.user_ids else {
        return Ok(());
    };
    let users = users::resolve_many(&connection.tenant, &names)
        .await
        .map_err(|failure| failure.within("/user_ids"))?;
    let ids: Vec<_> = users.iter().map(|user| user.id).collect();
    let conversation = match request.conversation_id {
        Some(name) => Some(own_conversation(&connection.tenant, connection.user, &name).await?),
        None => None,
    };
    let visible = presence_visible(&connection.tenant, connection.user, &ids, conversation).await?;
    // The watch starts before the state is read, so that no change is missed.
    hub.0.watch(connection, visible, conversation);
    hub.end_hidden_watches(connection).await?;
    let watched: HashSet<_> = connection.state.lock().watched.clone();
    let since = hub.0.next_id();
    let seen = presence_of(
        &connection.tenant,
        &watched.iter().copied().collect::<Vec<_>>(),
    )
    .await?;
    for user in &users {
        let seen = seen.get(&user.id);
        let online = seen.is_some_and(|seen| seen.online);
        let last_seen_at = seen
            .and_then(|seen| seen.last_seen_at)
            .max(user.last_seen_at);
        let last_seen_at = last_seen_at.filter(|_| !online && watched.contains(&user.id));
        connection
            .send_queue
            .push_response(frame(user.id, online, last_seen_at));
        hub.0.presence_sent(connection, user.id, online, since);
    }
    Ok(())
}
