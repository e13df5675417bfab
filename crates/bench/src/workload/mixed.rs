//! W8: what users do all day: 70 % reads, 20 % sends, 10 % reactions, read
//! marks and edits.

use crate::client::Http;
use crate::drive::{Client, drive};
use crate::options::{FEW_MESSAGES, Scale};
use crate::sample::{Sample, middle};
use crate::server::{Server, Target};
use crate::stored::{self, Stored, body, id};
use crate::table::{Figure, Row};
use crate::town::{Resident, Town};

/// Clients at once, each in a conversation of its own.
const CLIENTS: usize = 64;

/// Participants of each conversation.
const PEOPLE: usize = 4;

/// Measures it: with the messages asked for, and beside few where these are many.
pub async fn measure(target: Target, scale: Scale) -> Vec<Row> {
    let place = Place::new(target, scale, scale.messages).await;
    let base = match scale.messages {
        ..=FEW_MESSAGES => None,
        _ => Some(Place::new(target, scale, FEW_MESSAGES).await),
    };
    let mut ours = Vec::new();
    let mut bases = Vec::new();
    for _ in 0..scale.rounds {
        ours.push(place.act(scale).await);
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
    place.server.clear().await;
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
        row("99 of 100 within", Figure::Millis(ours.p99 / 1e3)),
    ];
    if let Some(few) = few {
        let ratio = ours.cpu / few.cpu;
        let row = row("server CPU beside that at 10,000", Figure::Micros(ours.cpu));
        rows.push(
            row.beside(Figure::Micros(few.cpu), ratio)
                .wanted("≤ 1.25", ratio <= 1.25),
        );
    }
    rows
}

/// A server with messages.
struct Place {
    server: Server,
    stored: Vec<Stored>,
}

impl Place {
    async fn new(target: Target, scale: Scale, messages: usize) -> Self {
        let server = Server::start(target).await;
        let town = Town::new(&server.caas, scale.tenants).await;
        let stored = stored::conversations(&server, &town, CLIENTS, PEOPLE, messages).await;
        Self { server, stored }
    }

    async fn act(&self, scale: Scale) -> Sample {
        let mut clients = Vec::with_capacity(CLIENTS);
        for (number, stored) in self.stored.iter().enumerate() {
            let http = self.server.http().await;
            let path = format!("/v1/conversations/{}", stored.id);
            let own = stored.middle.clone();
            let people = stored.people.clone();
            clients.push(User {
                http,
                path,
                middle: own.clone(),
                own,
                author: 0,
                people,
                turn: number * 7,
            });
        }
        drive(self.server.process(), clients, scale.length).await.0
    }
}

/// The users of one conversation, by turns.
struct User {
    http: Http,
    path: String,
    /// A message far back.
    middle: String,
    /// The message sent last, and by whom.
    own: String,
    author: usize,
    people: Vec<Resident>,
    turn: usize,
}

impl Client for User {
    async fn act(&mut self) {
        self.turn += 1;
        let reader = self.turn % self.people.len();
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
            14..18 => return self.say(reader).await,
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
            .expect(method, &path, &self.people[by].token, &body)
            .await;
    }
}

impl User {
    async fn say(&mut self, by: usize) {
        let path = format!("{}/messages", self.path);
        let sent = self
            .http
            .expect("POST", &path, &self.people[by].token, &body())
            .await;
        self.own = id(&String::from_utf8_lossy(&sent));
        self.author = by;
    }
}
