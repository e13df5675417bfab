use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::json;

use crate::load::Pair;

/// Names every message of the process differently.
static NEXT: AtomicU64 = AtomicU64::new(0);

fn fresh() -> String {
    format!("bench-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

/// Somebody who sends and waits for the acknowledgement.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "there are a few dozen of them, for a few seconds")]
pub enum Sender {
    /// Over a socket.
    Socket(Socket),
    /// Over requests.
    Http(Http),
}

/// Sends over a socket.
#[derive(Debug)]
pub struct Socket {
    socket: testkit::socket::Socket,
    conversation: String,
}

/// Sends over requests.
#[derive(Debug)]
pub struct Http {
    pair: Pair,
}

impl Sender {
    /// Sends one message and waits until it is acknowledged.
    pub async fn send(&mut self, content: &str) {
        match self {
            Self::Socket(Socket { socket, conversation }) => {
                let id = fresh();
                let frame = json!({"t": "send", "ref": id, "conversation_id": conversation, "client_message_id": id, "content": content});
                let answer = socket.ask(frame).await;
                assert_eq!(answer["t"], "sent", "{answer}");
                socket.events.clear();
            }
            Self::Http(Http { pair }) => {
                let answer = pair.sender.send(&pair.conversation, &fresh(), content).await;
                assert_eq!(answer.status, 201, "{}", answer.text);
            }
        }
    }
}

impl Socket {
    /// Connects.
    pub async fn open(pair: Pair) -> Self {
        Self { socket: pair.sender.socket().await, conversation: pair.conversation }
    }
}

impl Http {
    /// Uses the process's pool of kept connections.
    pub const fn new(pair: Pair) -> Self {
        Self { pair }
    }
}
