//! Rate limit for frames. A frame counts like an HTTP request, whatever its type and
//! whether or not it is accepted. Frames above the limit are delayed and nothing more
//! is read, so that messages keep their order.

use std::time::Duration;

use base::{Result, limit};
use tokio::time::sleep;

use crate::connection::Connection;
use crate::hub::Hub;

/// Shortest time until a delayed frame is tried again; doubled each time, so that many
/// connections of a limited tenant cost little.
const RETRY_DELAY: Duration = Duration::from_millis(50);
const MAX_RETRY_DELAY: Duration = Duration::from_secs(1);

/// Returns as how many requests a frame of this size counts.
pub(super) fn cost(bytes: usize) -> u32 {
    u32::try_from(bytes / limit::FRAME_REQUEST_BYTES)
        .map_or(u32::MAX, |more| more.saturating_add(1))
}

/// Counts a frame if the rate limit admits it, and returns whether it did.
pub(super) fn try_acquire(hub: &Hub, connection: &Connection, cost: u32) -> bool {
    count(hub, connection, cost).is_ok()
}

/// Waits until the rate limit admits a frame, and counts it.
pub(super) async fn acquire(hub: &Hub, connection: &Connection, cost: u32) {
    let mut delay = RETRY_DELAY;
    while let Err(rejected) = count(hub, connection, cost) {
        sleep(Duration::from_millis(rejected.retry_after_ms.unwrap_or(0)).max(delay)).await;
        delay = MAX_RETRY_DELAY.min(delay * 2);
    }
}

fn count(hub: &Hub, connection: &Connection, cost: u32) -> Result<()> {
    hub.0
        .authenticator
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
    use crate::world::{World, frames_until};

    /// A client with a limit of one request per second.
    struct Fixture {
        world: World,
        hub: Hub,
        connection: Registration,
        requests: Requests,
        group: Id<Conversation>,
    }

    impl Fixture {
        async fn new() -> Self {
            let world = World::new().await;
            let (user, hello) = world.user("ada").await;
            let group = world.group(user, world.user("bob").await.0).await;
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

        fn send(&mut self, frame: &Value) {
            self.requests
                .push(ReceivedFrame::Text(frame.to_string().into()));
        }

        /// Returns the references of the responses, up to this one.
        async fn responses(&mut self, last: usize) -> Vec<String> {
            let last = last.to_string();
            let working = async {
                while self.requests.is_busy() {
                    self.requests.progress().await;
                }
                std::future::pending::<()>().await;
            };
            let frames = tokio::select! {
                frames = frames_until(&self.connection, |frame| frame["ref"] == last) => frames,
                () = working => unreachable!("pending future completed"),
            };
            frames
                .iter()
                .filter_map(|frame| Some(frame["ref"].as_str()?.to_owned()))
                .collect()
        }

        fn try_count(&self) -> base::Result<()> {
            self.hub
                .0
                .authenticator
                .count(self.world.tenant.id(), Some(self.connection.user))
                .map(drop)
        }
    }

    /// The hello counts as a request, too.
    const BURST: usize = limit::REQUESTS_BURST_SECONDS - 1;

    async fn assert_delayed_in_order(frames: impl Fn(&Fixture, String) -> Vec<Value>) {
        let mut fixture = Fixture::new().await;
        for number in 1..=BURST + 3 {
            frames(&fixture, number.to_string())
                .iter()
                .for_each(|frame| fixture.send(frame));
        }
        let first = fixture.responses(BURST).await;
        assert_eq!(
            first,
            (1..=BURST)
                .map(|number| number.to_string())
                .collect::<Vec<_>>()
        );
        assert_eq!(
            fixture.try_count().unwrap_err().code,
            ErrorCode::RateLimited
        );
        fixture.world.advance(Duration::from_secs(3)).await;
        let later = fixture.responses(BURST + 3).await;
        assert_eq!(later, [1, 2, 3].map(|number| (BURST + number).to_string()));
        assert_eq!(
            fixture.try_count().unwrap_err().code,
            ErrorCode::RateLimited
        );
    }

    #[tokio::test]
    async fn requests_above_limit_are_delayed_in_order() {
        let ask = |_: &Fixture, number| vec![json!({"t": "presence", "ref": number})];
        assert_delayed_in_order(ask).await;
    }

    /// Messages that are sent together do not exceed the limit.
    #[tokio::test]
    async fn messages_above_limit_are_delayed_in_order() {
        let say = |fixture: &Fixture, number| {
            let group = fixture.group;
            let message = json!({
                "t": "send", "ref": number, "conversation_id": group, "client_message_id": number, "content": number,
            });
            vec![message]
        };
        assert_delayed_in_order(say).await;
    }

    /// Every frame type counts, also of rejected frames.
    #[tokio::test]
    async fn rejected_frames_and_pings_count_towards_limit() {
        let mut fixture = Fixture::new().await;
        let group = fixture.group;
        let frames = [
            json!({"t": "ping", "ref": "1"}),
            json!({"t": "ack", "ref": "2", "conversation_id": group, "seq": 1}),
            json!({"t": "read", "ref": "3", "conversation_id": group, "seq": 1}),
            json!({"t": "auth", "ref": "4", "token": "no token"}),
            json!({"t": "dance", "ref": "5"}),
        ];
        frames.iter().for_each(|frame| fixture.send(frame));
        fixture.requests.push(ReceivedFrame::Text("no JSON".into()));
        fixture.requests.push(ReceivedFrame::Binary(1));
        fixture.requests.push(ReceivedFrame::Control);
        fixture.send(&json!({"t": "ping", "ref": "last"}));
        while fixture.requests.is_busy() {
            fixture.requests.progress().await;
        }
        // The hello and these frames use up the burst.
        assert_eq!(frames.len() + 4, BURST);
        assert_eq!(
            fixture.try_count().unwrap_err().code,
            ErrorCode::RateLimited
        );
    }

    #[tokio::test]
    async fn long_frame_counts_as_several_requests() {
        let mut fixture = Fixture::new().await;
        let long = "x".repeat(limit::FRAME_REQUEST_BYTES * (BURST - 1));
        fixture.requests.push(ReceivedFrame::Text(long.into()));
        assert_eq!(
            fixture.try_count().unwrap_err().code,
            ErrorCode::RateLimited
        );
    }

    #[tokio::test]
    async fn client_with_only_rejected_frames_is_closed() {
        let world = World::new().await;
        let (_, hello) = world.user("ada").await;
        let hub = world.node();
        let connection = enter(&hub, hello, None).await.unwrap();
        let mut requests = Requests::new(hub, connection.clone());
        let mut send = async |frame: &str| {
            requests.push(ReceivedFrame::Text(frame.into()));
            while requests.is_busy() {
                requests.progress().await;
            }
            match connection.send_queue.next().await {
                Next::Frames(batch) => connection.send_queue.written(batch),
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
    async fn full_send_queue_delays_frames() {
        let mut fixture = Fixture::new().await;
        fixture
            .connection
            .send_queue
            .push_response("x".repeat(limit::CONNECTION_QUEUE_BYTES).into());
        fixture.send(&json!({"t": "presence", "ref": "1"}));
        assert!(!fixture.requests.is_busy() && !fixture.requests.has_capacity());
        let Next::Frames(batch) = fixture.connection.send_queue.next().await else {
            panic!("connection closed")
        };
        fixture.requests.begin();
        assert!(!fixture.requests.is_busy());
        fixture.connection.send_queue.written(batch);
        fixture.requests.begin();
        assert!(fixture.requests.is_busy() && fixture.requests.has_capacity());
    }

    #[tokio::test]
    async fn queued_frames_are_bounded_by_bytes() {
        let mut fixture = Fixture::new().await;
        while fixture.try_count().is_ok() {}
        fixture.requests.push(ReceivedFrame::Text(
            "x".repeat(limit::CONNECTION_QUEUE_BYTES - 1).into(),
        ));
        assert!(fixture.requests.has_capacity());
        fixture.requests.push(ReceivedFrame::Text("x".into()));
        assert!(!fixture.requests.has_capacity());
    }
}
