//! W8: mixed load: 70 % reads, 20 % sends, 10 % reactions, read receipts and
//! edits.

use crate::client::Http;
use crate::drive::{LoadClient, drive};
use crate::fixture::{BenchUser, Fixture};
use crate::options::{BASE_MESSAGES, Scale};
use crate::prefill::{self, PrefilledConversation, body, id};
use crate::sample::{Sample, middle};
use crate::server::{Server, Target};
use crate::table::{Figure, Row};

/// Concurrent clients, each in its own conversation.
const CLIENTS: usize = 64;

/// Participants of each conversation.
const USERS_PER_CONVERSATION: usize = 4;

/// Runs the measurement with the requested messages; if they are many, also with
/// [`BASE_MESSAGES`].
pub async fn measure(target: Target, scale: Scale) -> Vec<Row> {
    let scenario = Scenario::new(target, scale, scale.messages).await;
    let base = match scale.messages {
        ..=BASE_MESSAGES => None,
        _ => Some(Scenario::new(target, scale, BASE_MESSAGES).await),
    };
    let mut ours = Vec::new();
    let mut bases = Vec::new();
    for _ in 0..scale.rounds {
        ours.push(scenario.act(scale).await);
        if let Some(base) = &base {
            bases.push(base.act(scale).await);
        }
    }
    let rows = rows(
        target,
        scale,
        &middle(&ours),
        base.as_ref().map(|_| middle(&bases)),
    );
    scenario.server.clear().await;
    if let Some(base) = base {
        base.server.clear().await;
    }
    rows
}

fn rows(target: Target, scale: Scale, ours: &Sample, few: Option<Sample>) -> Vec<Row> {
    let row = |what: &str, figure| {
        Row::new(
            "W8",
            target.name(),
            format!("mixed, {} messages stored, {what}", scale.messages),
            figure,
        )
    };
    let mut rows = vec![
        row("operations", Figure::Rate(ours.per_second)).cpu(ours.cpu),
        row("p99", Figure::Millis(ours.p99 / 1e3)),
    ];
    if let Some(few) = few {
        let ratio = ours.cpu / few.cpu;
        let row = row("server CPU vs. 10,000 messages", Figure::Micros(ours.cpu));
        rows.push(
            row.versus(Figure::Micros(few.cpu), ratio)
                .with_target("≤ 1.25", ratio <= 1.25),
        );
    }
    rows
}

/// Server with stored messages.
struct Scenario {
    server: Server,
    stored: Vec<PrefilledConversation>,
}

impl Scenario {
    async fn new(target: Target, scale: Scale, messages: usize) -> Self {
        let server = Server::start(target).await;
        let fixture = Fixture::new(&server.caas, scale.tenants).await;
        let stored =
            prefill::conversations(&server, &fixture, CLIENTS, USERS_PER_CONVERSATION, messages)
                .await;
        Self { server, stored }
    }

    async fn act(&self, scale: Scale) -> Sample {
        let mut clients = Vec::with_capacity(CLIENTS);
        for (number, stored) in self.stored.iter().enumerate() {
            let http = self.server.http().await;
            let path = format!("/v1/conversations/{}", stored.id);
            let own = stored.middle.clone();
            let users = stored.users.clone();
            clients.push(User {
                http,
                path,
                middle: own.clone(),
                own,
                author: 0,
                users,
                turn: number * 7,
            });
        }
        drive(self.server.process(), clients, scale.length).await.0
    }
}

/// Users of one conversation, taking turns.
struct User {
    http: Http,
    path: String,
    /// Id of the message in the middle.
    middle: String,
    /// Id of the last sent message.
    own: String,
    author: usize,
    users: Vec<BenchUser>,
    turn: usize,
}

impl LoadClient for User {
    async fn act(&mut self) {
        self.turn += 1;
        let reader = self.turn % self.users.len();
        let Self {
            path,
            own,
            middle,
            author,
            ..
        } = self;
        let (by, method, path, body) = match self.turn % 20 {
            0..8 => (reader, "GET", format!("{path}/messages"), String::new()),
            8..10 => (
                reader,
                "GET",
                format!("{path}/messages?cursor={middle}"),
                String::new(),
            ),
            10..13 => (reader, "GET", "/v1/conversations".to_owned(), String::new()),
            13 => (reader, "GET", "/v1/unread".to_owned(), String::new()),
            14..18 => return self.send(reader).await,
            18 if self.turn % 40 < 20 => (
                reader,
                "PUT",
                format!("/v1/messages/{own}/reactions/%F0%9F%91%8D"),
                String::new(),
            ),
            18 => (
                reader,
                "POST",
                format!("{path}/read"),
                format!(r#"{{"seq":{}}}"#, self.turn / 5),
            ),
            _ => (
                *author,
                "PATCH",
                format!("/v1/messages/{own}"),
                format!(r#"{{"content":"edit {}"}}"#, self.turn),
            ),
        };
        self.http
            .expect(method, &path, &self.users[by].token, &body)
            .await;
    }
}

impl User {
    async fn send(&mut self, by: usize) {
        let path = format!("{}/messages", self.path);
        let sent = self
            .http
            .expect("POST", &path, &self.users[by].token, &body())
            .await;
        self.own = id(&String::from_utf8_lossy(&sent));
        self.author = by;
    }
}
