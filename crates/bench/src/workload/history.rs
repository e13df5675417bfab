//! W4: pages of a history.

use std::sync::Arc;

use testkit::Engine;

use crate::client::Http;
use crate::drive::{Client, drive};
use crate::options::{FEW_MESSAGES, Scale};
use crate::raw;
use crate::sample::{Sample, middle, ratio};
use crate::server::{Server, Target};
use crate::stored::{self, Stored};
use crate::table::{Figure, Row};
use crate::town::Town;

/// Clients at once.
pub const READERS: usize = 16;

/// Conversations that they read, and users who take turns in each.
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

/// Measures it: with the messages asked for, and beside few where these are many.
pub async fn measure(target: Target, scale: Scale) -> Vec<Row> {
    let place = Place::new(target, scale, scale.messages).await;
    let base = match scale.messages {
        ..=FEW_MESSAGES => None,
        _ => Some(Place::new(target, scale, FEW_MESSAGES).await),
    };
    let mut rows = Vec::new();
    for page in [Page::Newest, Page::Middle] {
        let mut ours = Vec::new();
        let mut bare = Vec::new();
        let mut few = Vec::new();
        for _ in 0..scale.rounds {
            ours.push(place.read(page, scale).await);
            bare.push(
                raw::pages(
                    &place.server,
                    &place.town,
                    &place.stored,
                    page,
                    scale.length,
                )
                .await,
            );
            if let Some(base) = &base {
                few.push(base.read(page, scale).await);
            }
        }
        rows.push(beside_finds(target, scale, page, &ours, &bare));
        rows.extend(
            base.as_ref()
                .map(|_| beside_few(target, scale, page, &ours, &few)),
        );
    }
    place.server.clear().await;
    if let Some(base) = base {
        base.server.clear().await;
    }
    rows
}

fn beside_finds(target: Target, scale: Scale, page: Page, ours: &[Sample], bare: &[Sample]) -> Row {
    let ratio = ratio(ours, bare);
    let ours = middle(ours);
    let bare = middle(bare);
    let row = row(target, scale, page, "beside raw finds", &ours)
        .beside(Figure::Rate(bare.per_second), ratio);
    match target.engine {
        Engine::Sqlite => row.wanted("≥ 5,000/s", ours.per_second >= WANTED),
        Engine::MongoDb => row.wanted("≥ 0.60", ratio >= 0.6),
    }
}

fn beside_few(target: Target, scale: Scale, page: Page, ours: &[Sample], few: &[Sample]) -> Row {
    let ratio = ratio(few, ours);
    let ours = middle(ours);
    let few = middle(few);
    let row = row(target, scale, page, "beside those at 10,000", &ours)
        .beside(Figure::Rate(few.per_second), ratio);
    row.wanted("≤ 1.25", ratio <= 1.25)
}

fn row(target: Target, scale: Scale, page: Page, beside: &str, ours: &Sample) -> Row {
    let page = if page == Page::Newest {
        "newest"
    } else {
        "middle"
    };
    let what = format!(
        "pages of 50, {page}, of {} messages, {beside}",
        scale.messages
    );
    Row::new("W4", target.name(), what, Figure::Rate(ours.per_second)).cpu(ours.cpu)
}

/// A server with messages.
struct Place {
    server: Server,
    town: Town,
    stored: Arc<Vec<Stored>>,
}

impl Place {
    async fn new(target: Target, scale: Scale, messages: usize) -> Self {
        let server = Server::start(target).await;
        let town = Town::new(&server.caas, scale.tenants).await;
        let stored = stored::conversations(&server, &town, CONVERSATIONS, PEOPLE, messages).await;
        Self {
            server,
            town,
            stored: Arc::new(stored),
        }
    }

    async fn read(&self, page: Page, scale: Scale) -> Sample {
        let mut clients = Vec::with_capacity(READERS);
        for number in 0..READERS {
            let http = self.server.http().await;
            let stored = Arc::clone(&self.stored);
            clients.push(Reader {
                http,
                stored,
                page,
                turn: number * PEOPLE,
            });
        }
        drive(self.server.process(), clients, scale.length).await.0
    }
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
        let reader =
            &conversation.people[(self.turn / self.stored.len()) % conversation.people.len()];
        let mut path = format!("/v1/conversations/{}/messages?limit=50", conversation.id);
        if self.page == Page::Middle {
            path = format!("{path}&cursor={}", conversation.middle);
        }
        self.http.expect("GET", &path, &reader.token, "").await;
    }
}
