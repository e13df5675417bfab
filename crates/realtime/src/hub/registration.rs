use std::ops::Deref;
use std::sync::Arc;

use super::Hub;
use crate::connection::Connection;

/// A connection that is registered with the hub while this value exists.
///
/// Dropping it removes the connection from users, subscriptions and watchers, even
/// after a panic.
pub(crate) struct Registration {
    hub: Hub,
    connection: Arc<Connection>,
    is_ready: bool,
}

impl Registration {
    pub(crate) fn new(hub: &Hub, connection: Arc<Connection>) -> Self {
        hub.0.register(&connection);
        Self {
            hub: hub.clone(),
            connection,
            is_ready: false,
        }
    }

    /// Records that the handshake is complete: the device is online from now on.
    pub(crate) fn set_ready(&mut self) {
        self.is_ready = true;
        self.hub.0.set_online(&self.connection);
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
        self.hub.0.disconnect(&self.connection, self.is_ready);
    }
}

#[cfg(test)]
mod tests {
    use crate::session::enter;
    use crate::world::World;

    #[tokio::test]
    async fn session_that_panics_leaves_nothing_registered() {
        let world = World::new().await;
        let (alice, hello) = world.user("alice").await;
        let (bob, _) = world.user("bob").await;
        world.group(alice, bob).await;
        let hub = world.node();
        let serving = hub.clone();
        let session = tokio::spawn(async move {
            let connection = enter(&serving, hello, None).await.unwrap();
            serving.0.watch(&connection, [bob].into(), None);
            panic!("injected");
        });
        assert!(session.await.unwrap_err().is_panic());
        let stats = hub.stats();
        assert_eq!(stats.connections, 0);
        assert_eq!(stats.users, 0);
        assert_eq!(stats.subscriptions, 0);
        hub.settled().await;
        assert!(!world.presence(alice).await.unwrap().online);
    }

    /// A separate task subscribes to a new conversation and may end after the session.
    #[tokio::test]
    async fn conversation_joined_after_the_end_is_not_followed() {
        let world = World::new().await;
        let (alice, hello) = world.user("alice").await;
        let hub = world.node();
        let registration = enter(&hub, hello, None).await.unwrap();
        let connection = registration.clone();
        drop(registration);
        let (bob, _) = world.user("bob").await;
        let group = world.group(alice, bob).await;
        hub.0.subscribe_one(&connection, group, 1).await.unwrap();
        assert_eq!(hub.stats().subscriptions, 0);
    }
}
