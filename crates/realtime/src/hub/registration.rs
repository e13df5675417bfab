use std::ops::Deref;
use std::sync::Arc;

use super::Hub;
use crate::connection::Connection;

/// A connection that is registered with the hub for as long as this exists.
///
/// Dropping it removes the connection from users, feeds and watchers, so that
/// a session leaves nothing behind however it ends, a panic included.
pub(crate) struct Registration {
    hub: Hub,
    connection: Arc<Connection>,
    is_greeted: bool,
}

impl Registration {
    pub(crate) fn new(hub: &Hub, connection: Arc<Connection>) -> Self {
        hub.0.enter(&connection);
        Self {
            hub: hub.clone(),
            connection,
            is_greeted: false,
        }
    }

    /// Records that the client was greeted: its device is online from now on.
    pub(crate) fn greeted(&mut self) {
        self.is_greeted = true;
        self.hub.0.there(&self.connection);
    }
}

impl Deref for Registration {
    type Target = Arc<Connection>;

    fn deref(&self) -> &Arc<Connection> {
        &self.connection
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        self.hub.0.leave(&self.connection, self.is_greeted);
    }
}

#[cfg(test)]
mod tests {
    use crate::session::enter;
    use crate::world::World;

    #[tokio::test]
    async fn session_that_panics_leaves_nothing_registered() {
        let world = World::new().await;
        let (alice, hello) = world.person("alice").await;
        let (bob, _) = world.person("bob").await;
        world.group(alice, bob).await;
        let hub = world.node();
        let serving = hub.clone();
        let session = tokio::spawn(async move {
            let connection = enter(&serving, hello, None).await.unwrap();
            serving.0.watch(&connection, [bob].into(), None);
            panic!("planted");
        });
        assert!(session.await.unwrap_err().is_panic());
        let stats = hub.stats();
        assert_eq!(stats.connections, 0);
        assert_eq!(stats.users, 0);
        assert_eq!(stats.feeds, 0);
        hub.settled().await;
        assert!(!world.presence(alice).await.unwrap().online);
    }

    /// A conversation is joined by a task of its own, which may end after the session did.
    #[tokio::test]
    async fn conversation_joined_after_the_end_is_not_followed() {
        let world = World::new().await;
        let (alice, hello) = world.person("alice").await;
        let hub = world.node();
        let registration = enter(&hub, hello, None).await.unwrap();
        let connection = registration.clone();
        drop(registration);
        let (bob, _) = world.person("bob").await;
        let group = world.group(alice, bob).await;
        hub.0.follow_one(&connection, group, 1).await.unwrap();
        assert_eq!(hub.stats().feeds, 0);
    }
}
