use std::fmt;
use std::time::Duration;

use testkit::Engine;

use crate::bare::Bare;
use crate::client::{Http, Socket};
use crate::drive::{LoadClient, drive};
use crate::fixture::{BenchUser, Fixture};
use crate::prefill::{SENT, body, frame};
use crate::sample::Sample;
use crate::server::Server;

/// Transport of sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Transport {
    /// One WebSocket per sender.
    WebSocket,
    /// One persistent connection per sender.
    Http,
}

impl fmt::Display for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if *self == Self::WebSocket {
            "WebSocket"
        } else {
            "HTTP"
        })
    }
}

impl Transport {
    /// Returns the target ratio to the raw rate, and the target of additional CPU
    /// microseconds.
    pub(super) const fn with_target(self, engine: Engine) -> (f64, Option<f64>) {
        match (engine, self) {
            (Engine::Sqlite, Self::WebSocket) => (0.6, Some(25.0)),
            (Engine::Sqlite, Self::Http) => (0.4, Some(45.0)),
            (Engine::MongoDb, _) => (0.6, None),
        }
    }
}

/// Conversation and its sender.
#[derive(Debug, Clone)]
pub(super) struct Pair {
    /// Sender; the other participant is offline.
    sender: BenchUser,
    conversation: String,
}

/// Creates conversations with two participants.
pub(super) async fn pairs(fixture: &Fixture, count: usize) -> Vec<Pair> {
    let users = fixture.groups("sender", count, 2).await;
    let conversations = fixture
        .conversations(users.iter().map(|pair| pair.iter().collect()).collect())
        .await;
    let both = users.into_iter().zip(conversations);
    both.map(|(users, conversation)| Pair {
        sender: users[0].clone(),
        conversation,
    })
    .collect()
}

/// Sends as fast as the server acknowledges.
pub(super) async fn send(
    server: &Server,
    pairs: &[Pair],
    senders: usize,
    over: Transport,
    length: Duration,
) -> Sample {
    let mut open = Vec::with_capacity(senders);
    for (number, pair) in pairs.iter().cycle().take(senders).enumerate() {
        open.push(match over {
            Transport::WebSocket => {
                let socket = server
                    .socket(&pair.sender.token, &format!("sender-{number}"))
                    .await;
                Sender::Socket(socket, pair.conversation.clone())
            }
            Transport::Http => Sender::Http {
                http: server.http().await,
                path: format!("/v1/conversations/{}/messages", pair.conversation),
                token: pair.sender.token.clone(),
            },
        });
    }
    drive(server.process(), open, length).await.0
}

/// Sends the same bytes to a bare echo.
pub(super) async fn echo(bare: &Bare, senders: usize, length: Duration) -> Sample {
    let mut open = Vec::with_capacity(senders);
    for _ in 0..senders {
        let http = Http::open(&bare.address).await;
        open.push(Sender::Http {
            http,
            path: "/echo".to_owned(),
            token: String::new(),
        });
    }
    drive(bare.process(), open, length).await.0
}

enum Sender {
    Socket(Socket, String),
    Http {
        http: Http,
        path: String,
        token: String,
    },
}

impl LoadClient for Sender {
    async fn act(&mut self) {
        match self {
            Self::Socket(socket, conversation) => {
                socket.send(&frame(conversation)).await;
                socket.wait_for(SENT).await;
            }
            Self::Http { http, path, token } => {
                http.expect("POST", path, token, &body()).await;
            }
        }
    }
}
