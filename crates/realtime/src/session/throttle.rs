//! Frames are requests: they count like those over HTTP, whatever they ask for
//! and whether or not they are accepted. A client that exceeds its quota is
//! answered later and read no further, so that its messages keep their order.

use std::time::Duration;

use base::{Result, limit};
use tokio::time::sleep;

use crate::connection::Connection;
use crate::hub::Hub;

/// How long it takes at least until it is looked again whether a frame may be
/// answered; twice as long each time, so that the many connections of a tenant
/// that is over its bound cost little.
const RETRY_DELAY: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// As how many requests a frame of this size counts.
pub(super) fn cost(bytes: usize) -> u32 {
    u32::try_from(bytes / limit::FRAME_REQUEST_BYTES)
        .map_or(u32::MAX, |more| more.saturating_add(1))
}

/// Whether a frame of this connection may be answered now; then it is counted.
pub(super) fn admits(hub: &Hub, connection: &Connection, cost: u32) -> bool {
    count(hub, connection, cost).is_ok()
}

/// Waits until a frame of this connection may be answered, and counts it.
pub(super) async fn admitted(hub: &Hub, connection: &Connection, cost: u32) {
    let mut pause = RETRY_DELAY;
    while let Err(refused) = count(hub, connection, cost) {
        sleep(Duration::from_millis(refused.retry_after_ms.unwrap_or(0)).max(pause)).await;
        pause = LONGEST_PAUSE.min(pause * 2);
    }
}

fn count(hub: &Hub, connection: &Connection, cost: u32) -> Result<()> {
    hub.0
        .door
        .count_cost(connection.tenant_id(), Some(connection.user), cost)
        .map(drop)
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use base::{ErrorCode, Id, limit};
    use domain::auth::RateLimits;
    use domain::messaging::Conversation;
    use serde_json::{Value, json};
    use wire::frames::CloseReason;

    use super::*;
    use crate::hub::Registration;
    use crate::send_queue::Next;
    use crate::session::enter;
    use crate::session::requests::{ReceivedFrame, Requests};
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
            let hub = world.node_with(RateLimits {
                user: NonZeroU32::MIN,
                ..RateLimits::default()
            });
            let connection = enter(&hub, hello, None).await.unwrap();
            let requests = Requests::new(hub.clone(), connection.clone());
            Self {
                world,
                hub,
                connection,
                requests,
                group,
            }
        }

        fn take(&mut self, frame: &Value) {
            self.requests
                .take(ReceivedFrame::Text(frame.to_string().into()));
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
            told.iter()
                .filter_map(|frame| Some(frame["ref"].as_str()?.to_owned()))
                .collect()
        }

        fn may_ask(&self) -> base::Result<()> {
            self.hub
                .0
                .door
                .count(self.world.tenant.id(), Some(self.connection.user))
                .map(drop)
        }
    }

    /// The hello was a request, too.
    const AT_ONCE: usize = limit::REQUESTS_BURST_SECONDS - 1;

    async fn is_answered_later_and_in_order(frames: impl Fn(&Scene, String) -> Vec<Value>) {
        let mut scene = Scene::new().await;
        for number in 1..=AT_ONCE + 3 {
            frames(&scene, number.to_string())
                .iter()
                .for_each(|frame| scene.take(frame));
        }
        let first = scene.answered(AT_ONCE).await;
        assert_eq!(
            first,
            (1..=AT_ONCE)
                .map(|number| number.to_string())
                .collect::<Vec<_>>()
        );
        assert_eq!(scene.may_ask().unwrap_err().code, ErrorCode::RateLimited);
        scene.world.pass(Duration::from_secs(3)).await;
        let later = scene.answered(AT_ONCE + 3).await;
        assert_eq!(
            later,
            [1, 2, 3].map(|number| (AT_ONCE + number).to_string())
        );
        assert_eq!(scene.may_ask().unwrap_err().code, ErrorCode::RateLimited);
    }

    #[tokio::test]
    async fn whoever_asks_too_often_is_answered_later_and_in_order() {
        let ask = |_: &Scene, number| vec![json!({"t": "presence", "ref": number})];
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

    /// Whatever a frame asks for, and whether or not it is accepted.
    #[tokio::test]
    async fn every_frame_counts_also_rejected_ones_and_pings() {
        let mut scene = Scene::new().await;
        let group = scene.group;
        let frames = [
            json!({"t": "ping", "ref": "1"}),
            json!({"t": "ack", "ref": "2", "conversation_id": group, "seq": 1}),
            json!({"t": "read", "ref": "3", "conversation_id": group, "seq": 1}),
            json!({"t": "auth", "ref": "4", "token": "no token"}),
            json!({"t": "dance", "ref": "5"}),
        ];
        frames.iter().for_each(|frame| scene.take(frame));
        scene.requests.take(ReceivedFrame::Text("no JSON".into()));
        scene.requests.take(ReceivedFrame::Binary(1));
        scene.requests.take(ReceivedFrame::Control);
        scene.take(&json!({"t": "ping", "ref": "last"}));
        while scene.requests.is_busy() {
            scene.requests.progress().await;
        }
        // The hello and these are all that may be asked for at once.
        assert_eq!(frames.len() + 4, AT_ONCE);
        assert_eq!(scene.may_ask().unwrap_err().code, ErrorCode::RateLimited);
    }

    #[tokio::test]
    async fn a_long_frame_counts_as_several() {
        let mut scene = Scene::new().await;
        let long = "x".repeat(limit::FRAME_REQUEST_BYTES * (AT_ONCE - 1));
        scene.requests.take(ReceivedFrame::Text(long.into()));
        assert_eq!(scene.may_ask().unwrap_err().code, ErrorCode::RateLimited);
    }

    #[tokio::test]
    async fn a_client_that_sends_rejected_frames_only_is_closed() {
        let world = World::new().await;
        let (_, hello) = world.person("ada").await;
        let hub = world.node();
        let connection = enter(&hub, hello, None).await.unwrap();
        let mut requests = Requests::new(hub, connection.clone());
        let mut send = async |frame: &str| {
            requests.take(ReceivedFrame::Text(frame.into()));
            while requests.is_busy() {
                requests.progress().await;
            }
            match connection.outbox.next().await {
                Next::Frames(batch) => connection.outbox.written(batch),
                Next::Close(reason, _) => return Some(reason),
            }
            None
        };
        for _ in 0..limit::REJECTED_FRAMES - 1 {
            assert_eq!(send("{}").await, None);
        }
        assert_eq!(send(r#"{"t": "presence", "ref": "1"}"#).await, None);
        for _ in 0..limit::REJECTED_FRAMES - 1 {
            assert_eq!(send("{}").await, None);
        }
        assert_eq!(send(r#"{"t": "ping"}"#).await, None);
        assert_eq!(send("{}").await, Some(CloseReason::TooManyErrors));
    }

    #[tokio::test]
    async fn no_frame_is_answered_while_the_queue_is_full() {
        let mut scene = Scene::new().await;
        scene
            .connection
            .outbox
            .answer("x".repeat(limit::CONNECTION_QUEUE_BYTES).into());
        scene.take(&json!({"t": "presence", "ref": "1"}));
        assert!(!scene.requests.is_busy() && !scene.requests.has_room());
        let Next::Frames(batch) = scene.connection.outbox.next().await else {
            panic!("nothing was closed")
        };
        scene.requests.begin();
        assert!(!scene.requests.is_busy());
        scene.connection.outbox.written(batch);
        scene.requests.begin();
        assert!(scene.requests.is_busy() && scene.requests.has_room());
    }

    #[tokio::test]
    async fn frames_that_wait_are_bounded_by_their_bytes() {
        let mut scene = Scene::new().await;
        while scene.may_ask().is_ok() {}
        scene.requests.take(ReceivedFrame::Text(
            "x".repeat(limit::CONNECTION_QUEUE_BYTES - 1).into(),
        ));
        assert!(scene.requests.has_room());
        scene.requests.take(ReceivedFrame::Text("x".into()));
        assert!(!scene.requests.has_room());
    }
}
