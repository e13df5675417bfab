//! W4: pages of a history.

use std::sync::Arc;

use testkit::Engine;

use crate::client::Http;
use crate::drive::{Client, drive};
use crate::options::Scale;
use crate::raw;
use crate::sample::{Sample, middle, ratio};
use crate::server::{Server, Target};
use crate::stored::{self, Stored};
use crate::table::{Figure, Row};
use crate::town::Town;

/// Clients at once.
pub const READERS: usize = 16;

/// Conversations that they read, and users who take turns in each: more than
/// one, so that no user meets their bound of requests.
const CONVERSATIONS: usize = 16;
const PEOPLE: usize = 8;

/// Pages a second that are wanted on the embedded engine.
const WANTED: f64 = 5_000.0;

/// Which page is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Page {
    /// The newest messages.
    Newest,
    /// Those before the message in the middle.
    Middle,
}

/// Measures it.
pub async fn measure(target: Target, scale: Scale) -> Vec<Row> {
    let server = Server::start(target).await;
    let town = Town::new(&server.caas, 4).await;
    let stored = Arc::new(stored::conversations(&server, &town, CONVERSATIONS, PEOPLE, scale.messages).await);
    let mut rows = Vec::new();
    for page in [Page::Newest, Page::Middle] {
        let (mut ours, mut bare) = (Vec::new(), Vec::new());
        for _ in 0..scale.rounds {
            ours.push(read(&server, &stored, page, scale).await);
            bare.push(raw::pages(&server, &town, &stored, page, scale.length).await);
        }
        rows.push(row(target, scale, page, &ours, &bare));
    }
    server.clear().await;
    rows
}

fn row(target: Target, scale: Scale, page: Page, ours: &[Sample], bare: &[Sample]) -> Row {
    let (ratio, ours, bare) = (ratio(ours, bare), middle(ours), middle(bare));
    let what = format!("pages of 50, {page:?}, {} messages, beside raw finds", scale.messages).to_lowercase();
    let row = Row::new("W4", target.name(), what, Figure::Rate(ours.per_second));
    let row = row.beside(Figure::Rate(bare.per_second), ratio).cpu(ours.cpu);
    match target.engine {
        Engine::Sqlite => row.wanted("≥ 5,000/s", ours.per_second >= WANTED),
        Engine::MongoDb => row.wanted("≥ 0.60", ratio >= 0.6),
    }
}

async fn read(server: &Server, stored: &Arc<Vec<Stored>>, page: Page, scale: Scale) -> Sample {
    let mut clients = Vec::with_capacity(READERS);
    for number in 0..READERS {
        clients.push(Reader { http: server.http().await, stored: Arc::clone(stored), page, turn: number * PEOPLE });
    }
    drive(server.process(), clients, scale.length).await.0
}

struct Reader {
    http: Http,
    stored: Arc<Vec<Stored>>,
    page: Page,
    turn: usize,
}

impl Client for Reader {
    async fn act(&mut self) {
        self.turn += 1;
        let conversation = &self.stored[self.turn % self.stored.len()];
        let reader = &conversation.people[(self.turn / self.stored.len()) % conversation.people.len()];
        let mut path = format!("/v1/conversations/{}/messages?limit=50", conversation.id);
        if self.page == Page::Middle {
            path = format!("{path}&cursor={}", conversation.middle);
        }
        self.http.expect("GET", &path, &reader.token, "").await;
    }
}
