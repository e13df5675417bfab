//! Frames are requests: they count like those over HTTP. Whoever sends more
//! than their quota is answered later and read no further, so that their
//! messages keep their order.

use std::time::Duration;

use base::Named;
use domain::messaging::Conversation;
use tokio::time::sleep;
use wire::frames::{Ack, ClientFrame, Read};

use crate::connection::Connection;
use crate::hub::Hub;

/// How long it takes at least until it is looked again whether a frame may be
/// answered; twice as long each time, so that the many connections of a tenant
/// that is over its bound cost little.
const PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// Whether a frame counts. Marks of what is followed are written together once
/// a second; who says that they are there, or who they still are, asks for nothing.
pub(super) fn counts(hub: &Hub, connection: &Connection, frame: &ClientFrame) -> bool {
    let follows = |name: &Named<Conversation>| matches!(name, Named::Id(id) if hub.0.follows(connection, *id));
    match frame {
        ClientFrame::Ping | ClientFrame::Auth(_) => false,
        ClientFrame::Ack(Ack { conversation_id, .. }) | ClientFrame::Read(Read { conversation_id, .. }) => {
            !follows(conversation_id)
        }
        _ => true,
    }
}

/// Whether a frame of this connection may be answered now; then it is counted.
pub(super) fn admits(hub: &Hub, connection: &Connection) -> bool {
    hub.0.door.count(connection.tenant_id(), Some(connection.user)).is_ok()
}

/// Waits until a frame of this connection may be answered, and counts it.
pub(super) async fn admitted(hub: &Hub, connection: &Connection) {
    let mut pause = PAUSE;
    while let Err(refused) = hub.0.door.count(connection.tenant_id(), Some(connection.user)) {
        sleep(Duration::from_millis(refused.retry_after_ms.unwrap_or(0)).max(pause)).await;
        pause = LONGEST_PAUSE.min(pause * 2);
    }
}

#[cfg(test)]
mod tests {
    use base::{Code, Id, limit};
    use domain::platform::Rates;
    use serde_json::{Value, json};
    use std::num::NonZeroU32;

    use super::*;
    use crate::hub::Registration;
    use crate::session::enter;
    use crate::session::requests::Requests;
    use crate::world::{World, told_until};

    /// A client that may ask once a second.
    struct Scene {
        world: World,
        hub: Hub,
        connection: Registration,
        requests: Requests,
        group: Id<Conversation>,
    }

    impl Scene {
        async fn new() -> Self {
            let world = World::new().await;
            let (user, hello) = world.person("ada").await;
            let group = world.group(user, world.person("bob").await.0).await;
            let hub = world.node_with(Rates { user: NonZeroU32::MIN, ..Rates::default() });
            let connection = enter(&hub, hello, None).await.unwrap();
            let requests = Requests::new(hub.clone(), connection.clone());
            Self { world, hub, connection, requests, group }
        }

        fn take(&mut self, frame: &Value) {
            self.requests.take(frame.to_string().as_bytes());
        }

        /// The references of what is answered, up to this one.
        async fn answered(&mut self, last: usize) -> Vec<String> {
            let last = last.to_string();
            let working = async {
                while self.requests.is_busy() {
                    self.requests.progress().await;
                }
                std::future::pending::<()>().await;
            };
            let told = tokio::select! {
                told = told_until(&self.connection, |frame| frame["ref"] == last) => told,
                () = working => unreachable!("it never ends"),
            };
            told.iter().filter_map(|frame| Some(frame["ref"].as_str()?.to_owned())).collect()
        }

        fn may_ask(&self) -> base::Result<()> {
            self.hub.0.door.count(self.world.tenant.id(), Some(self.connection.user)).map(drop)
        }
    }

    /// The hello was a request, too.
    const AT_ONCE: usize = limit::REQUESTS_BURST_SECONDS - 1;

    async fn is_answered_later_and_in_order(frames: impl Fn(&Scene, String) -> Vec<Value>) {
        let mut scene = Scene::new().await;
        for number in 1..=AT_ONCE + 3 {
            frames(&scene, number.to_string()).iter().for_each(|frame| scene.take(frame));
        }
        let first = scene.answered(AT_ONCE).await;
        assert_eq!(first, (1..=AT_ONCE).map(|number| number.to_string()).collect::<Vec<_>>());
        assert_eq!(scene.may_ask().unwrap_err().code, Code::RateLimited);
        scene.world.pass(Duration::from_secs(3)).await;
        let later = scene.answered(AT_ONCE + 3).await;
        assert_eq!(later, [1, 2, 3].map(|number| (AT_ONCE + number).to_string()));
        assert_eq!(scene.may_ask().unwrap_err().code, Code::RateLimited);
    }

    #[tokio::test]
    async fn whoever_asks_too_often_is_answered_later_and_in_order() {
        let ask = |_: &Scene, number| vec![json!({"t": "presence", "ref": number}), json!({"t": "ping"})];
        is_answered_later_and_in_order(ask).await;
    }

    /// Messages that are sent together are as many as may be answered.
    #[tokio::test]
    async fn whoever_writes_too_often_is_answered_later_and_in_order() {
        let say = |scene: &Scene, number| {
            let group = scene.group;
            let message = json!({
                "t": "send", "ref": number, "conversation_id": group, "client_message_id": number, "content": number,
            });
            vec![message]
        };
        is_answered_later_and_in_order(say).await;
    }

    #[tokio::test]
    async fn a_mark_counts_where_it_is_looked_up() {
        let mut scene = Scene::new().await;
        while scene.may_ask().is_ok() {}
        scene.take(&json!({"t": "ack", "ref": "1", "conversation_id": scene.group, "seq": 1}));
        assert_eq!(scene.answered(1).await, ["1"]);
        scene.take(&json!({"t": "ack", "ref": "2", "conversation_id": "ext:unknown", "seq": 1}));
        scene.world.pass(Duration::from_secs(1)).await;
        assert_eq!(scene.answered(2).await, ["2"]);
        assert_eq!(scene.may_ask().unwrap_err().code, Code::RateLimited);
    }
}
