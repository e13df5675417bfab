//! Conversations filled with messages through the public API.

use std::sync::atomic::{AtomicU64, Ordering};

use futures_util::future::join_all;
use serde_json::Value;

use crate::client::Socket;
use crate::fixture::{BenchUser, Fixture};
use crate::server::Server;

/// Unacknowledged messages of one sender.
const IN_FLIGHT: usize = 16;

/// Length of a message in characters.
const LENGTH: usize = 300;

/// Conversation filled with messages.
#[derive(Debug, Clone)]
pub struct PrefilledConversation {
    /// Id of the conversation.
    pub id: String,
    /// Participants.
    pub users: Vec<BenchUser>,
    /// Id of the message in the middle.
    pub middle: String,
    /// Number of messages.
    pub messages: usize,
}

/// Creates conversations with a total number of messages.
pub async fn conversations(
    server: &Server,
    fixture: &Fixture,
    count: usize,
    size: usize,
    messages: usize,
) -> Vec<PrefilledConversation> {
    let groups = fixture.groups("reader", count, size).await;
    let ids = fixture
        .conversations(groups.iter().map(|group| group.iter().collect()).collect())
        .await;
    let each = (messages / count).max(2);
    let filled = ids.into_iter().zip(groups).map(async |(id, users)| {
        let mut socket = server.socket(&users[0].token, "filler").await;
        let middle = fill(&mut socket, &id, each).await;
        PrefilledConversation {
            id,
            users,
            middle,
            messages: each,
        }
    });
    join_all(filled).await
}

/// Sends a number of messages and returns the id of the middle one.
async fn fill(socket: &mut Socket, conversation: &str, count: usize) -> String {
    let mut middle = String::new();
    for number in 0..count + IN_FLIGHT {
        if number < count {
            socket.send(&frame(conversation)).await;
        }
        if let Some(answered) = number
            .checked_sub(IN_FLIGHT)
            .filter(|answered| *answered < count)
        {
            let sent = socket.wait_for(SENT).await;
            if answered == count / 2 {
                middle = id(&sent);
            }
        }
    }
    middle
}

/// Prefix of the response to a send.
pub const SENT: &str = r#"{"t":"sent""#;

/// Prefix of an event.
pub const EVENT: &str = r#"{"t":"event""#;

/// Returns a frame that sends a new message of [`LENGTH`] characters.
pub fn frame(conversation: &str) -> String {
    format!(
        r#"{{"t":"send","conversation_id":"{conversation}",{}}}"#,
        members()
    )
}

/// Returns the body of a request that sends a new message.
pub fn body() -> String {
    format!("{{{}}}", members())
}

fn members() -> String {
    format!(
        r#""client_message_id":"{}","content":"{:x<LENGTH$}""#,
        fresh(),
        ""
    )
}

/// Returns a unique client message id.
fn fresh() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    format!(
        "bench-{}-{}",
        std::process::id(),
        NEXT.fetch_add(1, Ordering::Relaxed)
    )
}

/// Returns the `id` of a JSON object.
pub fn id(text: &str) -> String {
    let value: Value = serde_json::from_str(text).expect("the response is JSON");
    value["id"]
        .as_str()
        .map(str::to_owned)
        .expect("it has an id")
}
