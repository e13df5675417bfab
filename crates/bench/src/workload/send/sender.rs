use std::fmt;
use std::time::Duration;

use testkit::Engine;

use crate::bare::Bare;
use crate::client::{Http, Socket};
use crate::drive::{Client, drive};
use crate::sample::Sample;
use crate::server::Server;
use crate::stored::{SENT, body, frame};
use crate::town::{Resident, Town};

/// What the sends go over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Transport {
    /// One socket a sender.
    WebSocket,
    /// One kept connection a sender.
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
    /// The wanted share of the raw rate, and microseconds of processor time above it.
    pub(super) const fn wanted(self, engine: Engine) -> (f64, Option<f64>) {
        match (engine, self) {
            (Engine::Sqlite, Self::WebSocket) => (0.6, Some(25.0)),
            (Engine::Sqlite, Self::Http) => (0.4, Some(45.0)),
            (Engine::MongoDb, _) => (0.6, None),
        }
    }
}

/// A conversation and who writes to it.
#[derive(Debug, Clone)]
pub(super) struct Pair {
    /// The other participant is not there.
    sender: Resident,
    conversation: String,
}

/// Conversations of two participants each.
pub(super) async fn pairs(town: &Town, count: usize) -> Vec<Pair> {
    let people = town.groups("sender", count, 2).await;
    let conversations = town
        .conversations(people.iter().map(|pair| pair.iter().collect()).collect())
        .await;
    let both = people.into_iter().zip(conversations);
    both.map(|(people, conversation)| Pair {
        sender: people[0].clone(),
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

/// Sends the same bytes to who only sends them back.
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

impl Client for Sender {
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
