//! Conversations with messages in them, stored through the public API.

use std::sync::atomic::{AtomicU64, Ordering};

use futures_util::future::join_all;
use serde_json::Value;

use crate::client::Socket;
use crate::server::Server;
use crate::town::{Resident, Town};

/// Messages that one sender has under way while they are stored.
const UNDER_WAY: usize = 16;

/// Characters of a message.
const LENGTH: usize = 300;

/// A conversation that has messages.
#[derive(Debug, Clone)]
pub struct Stored {
    /// Its id.
    pub id: String,
    /// Who takes part.
    pub people: Vec<Resident>,
    /// The message in the middle.
    pub middle: String,
    /// Messages in it.
    pub messages: usize,
}

/// Makes conversations that have so many messages together.
pub async fn conversations(
    server: &Server,
    town: &Town,
    count: usize,
    size: usize,
    messages: usize,
) -> Vec<Stored> {
    let groups = town.groups("reader", count, size).await;
    let ids = town
        .conversations(groups.iter().map(|group| group.iter().collect()).collect())
        .await;
    let each = (messages / count).max(2);
    let filled = ids.into_iter().zip(groups).map(async |(id, people)| {
        let mut socket = server.socket(&people[0].token, "filler").await;
        let middle = fill(&mut socket, &id, each).await;
        Stored {
            id,
            people,
            middle,
            messages: each,
        }
    });
    join_all(filled).await
}

/// Sends so many messages and answers the id of the middle one.
async fn fill(socket: &mut Socket, conversation: &str, count: usize) -> String {
    let mut middle = String::new();
    for number in 0..count + UNDER_WAY {
        if number < count {
            socket.send(&frame(conversation)).await;
        }
        if let Some(answered) = number
            .checked_sub(UNDER_WAY)
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

/// How the answer to a send begins.
pub const SENT: &str = r#"{"t":"sent""#;

/// How an event begins.
pub const EVENT: &str = r#"{"t":"event""#;

/// A frame that sends a new message of [`LENGTH`] characters.
pub fn frame(conversation: &str) -> String {
    format!(
        r#"{{"t":"send","conversation_id":"{conversation}",{}}}"#,
        members()
    )
}

/// The body of a request that sends a new message.
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

/// Names every message of the process differently.
fn fresh() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    format!(
        "bench-{}-{}",
        std::process::id(),
        NEXT.fetch_add(1, Ordering::Relaxed)
    )
}

/// The `id` of a JSON text.
pub fn id(text: &str) -> String {
    let value: Value = serde_json::from_str(text).expect("an answer is JSON");
    value["id"]
        .as_str()
        .map(str::to_owned)
        .expect("it has an id")
}
