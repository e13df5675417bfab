//! Frames are requests: they count like those over HTTP. Whoever sends more
//! than their quota is answered later and read no further, so that their
//! messages keep their order.

use std::time::Duration;

use tokio::time::sleep;
use wire::frames::ClientFrame;

use crate::connection::Connection;
use crate::hub::Hub;

/// How long it takes at least until it is looked again whether a frame may be answered.
const PAUSE: Duration = Duration::from_millis(50);

/// Whether a frame counts: marks are written together once a second, and who
/// only says that they are there asks for nothing.
pub(super) const fn counts(frame: &ClientFrame) -> bool {
    !matches!(frame, ClientFrame::Ping | ClientFrame::Ack(_) | ClientFrame::Read(_))
}

/// Counts frames of a connection, and waits until they may be answered.
pub(super) async fn admitted(hub: &Hub, connection: &Connection, frames: usize) {
    for _ in 0..frames {
        while let Err(refused) = hub.0.door.count(connection.tenant_id(), Some(connection.user)) {
            sleep(Duration::from_millis(refused.retry_after_ms.unwrap_or(0)).max(PAUSE)).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;
    use std::time::Duration;

    use base::{Code, limit};
    use domain::platform::Rates;
    use serde_json::{Value, json};

    use crate::session::enter;
    use crate::session::requests::Requests;
    use crate::world::{World, told_until};

    /// The references of what a client is answered, up to this one.
    async fn answered(requests: &mut Requests, connection: &crate::connection::Connection, last: &str) -> Vec<Value> {
        let working = async {
            while requests.is_busy() {
                requests.progress().await;
            }
            std::future::pending::<()>().await;
        };
        let told = tokio::select! {
            told = told_until(connection, |frame| frame["ref"] == last) => told,
            () = working => unreachable!("it never ends"),
        };
        told.into_iter().filter(|frame| frame["t"] != "ready").map(|mut frame| frame["ref"].take()).collect()
    }

    #[tokio::test]
    async fn whoever_asks_too_often_is_answered_later_and_in_order() {
        let world = World::new().await;
        let one_a_second = Rates { user: NonZeroU32::MIN, ..Rates::default() };
        let (user, hello) = world.person("ada").await;
        let hub = world.node_with(one_a_second);
        let connection = enter(&hub, hello, None).await.unwrap();
        let mut requests = Requests::new(hub.clone(), connection.clone());
        for number in 1..=limit::REQUESTS_BURST_SECONDS + 2 {
            requests.take(json!({"t": "presence", "ref": number.to_string()}).to_string().as_bytes());
            requests.take(br#"{"t": "ping"}"#);
        }
        // The hello was a request, too.
        let at_once = limit::REQUESTS_BURST_SECONDS - 1;
        answered(&mut requests, &connection, &at_once.to_string()).await;
        let refused = hub.0.door.count(world.tenant.id(), Some(user)).unwrap_err();
        assert_eq!(refused.code, Code::RateLimited);
        world.pass(Duration::from_secs(3)).await;
        let later = answered(&mut requests, &connection, &(at_once + 3).to_string()).await;
        let numbers: Vec<_> = later.iter().filter(|reference| reference.is_string()).collect();
        assert_eq!(numbers, [at_once + 1, at_once + 2, at_once + 3].map(|number| number.to_string()).each_ref());
        assert!(hub.0.door.count(world.tenant.id(), Some(user)).is_err());
    }
}
