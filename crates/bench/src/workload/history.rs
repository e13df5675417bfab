//! W4: pages of message history.

use std::sync::Arc;

use testkit::Engine;

use crate::client::Http;
use crate::drive::{LoadClient, drive};
use crate::fixture::Fixture;
use crate::options::{BASE_MESSAGES, Scale};
use crate::prefill::{self, PrefilledConversation};
use crate::raw;
use crate::sample::{Sample, middle, ratio};
use crate::server::{Server, Target};
use crate::table::{Figure, Row};

/// Concurrent clients.
pub const READERS: usize = 16;

/// Conversations to read.
const CONVERSATIONS: usize = 16;
const USERS_PER_CONVERSATION: usize = 8;

/// Target of pages per second with SQLite.
const TARGET_RATE: f64 = 5_000.0;

/// Page to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Page {
    /// The newest messages.
    Newest,
    /// Messages before the one in the middle.
    Middle,
}

/// Runs the measurement with the requested messages; if they are many, also with
/// [`BASE_MESSAGES`].
pub async fn measure(target: Target, scale: Scale) -> Vec<Row> {
    let scenario = Scenario::new(target, scale, scale.messages).await;
    let base = match scale.messages {
        ..=BASE_MESSAGES => None,
        _ => Some(Scenario::new(target, scale, BASE_MESSAGES).await),
    };
    let mut rows = Vec::new();
    for page in [Page::Newest, Page::Middle] {
        let mut ours = Vec::new();
        let mut bare = Vec::new();
        let mut few = Vec::new();
        for _ in 0..scale.rounds {
            ours.push(scenario.read(page, scale).await);
            bare.push(
                raw::pages(
                    &scenario.server,
                    &scenario.fixture,
                    &scenario.stored,
                    page,
                    scale.length,
                )
                .await,
            );
            if let Some(base) = &base {
                few.push(base.read(page, scale).await);
            }
        }
        rows.push(versus_finds(target, scale, page, &ours, &bare));
        rows.extend(
            base.as_ref()
                .map(|_| versus_base(target, scale, page, &ours, &few)),
        );
    }
    scenario.server.clear().await;
    if let Some(base) = base {
        base.server.clear().await;
    }
    rows
}

fn versus_finds(target: Target, scale: Scale, page: Page, ours: &[Sample], bare: &[Sample]) -> Row {
    let ratio = ratio(ours, bare);
    let ours = middle(ours);
    let bare = middle(bare);
    let row = row(target, scale, page, "vs. raw reads", &ours)
        .versus(Figure::Rate(bare.per_second), ratio);
    match target.engine {
        Engine::Sqlite => row.with_target("≥ 5,000/s", ours.per_second >= TARGET_RATE),
        Engine::MongoDb => row.with_target("≥ 0.60", ratio >= 0.6),
    }
}

fn versus_base(target: Target, scale: Scale, page: Page, ours: &[Sample], few: &[Sample]) -> Row {
    let ratio = ratio(few, ours);
    let ours = middle(ours);
    let few = middle(few);
    let row = row(target, scale, page, "vs. 10,000 messages", &ours)
        .versus(Figure::Rate(few.per_second), ratio);
    row.with_target("≤ 1.25", ratio <= 1.25)
}

fn row(target: Target, scale: Scale, page: Page, versus: &str, ours: &Sample) -> Row {
    let page = if page == Page::Newest {
        "newest"
    } else {
        "middle"
    };
    let what = format!(
        "pages of 50, {page}, of {} messages, {versus}",
        scale.messages
    );
    Row::new("W4", target.name(), what, Figure::Rate(ours.per_second)).cpu(ours.cpu)
}

/// Server with stored messages.
struct Scenario {
    server: Server,
    fixture: Fixture,
    stored: Arc<Vec<PrefilledConversation>>,
}

impl Scenario {
    async fn new(target: Target, scale: Scale, messages: usize) -> Self {
        let server = Server::start(target).await;
        let fixture = Fixture::new(&server.caas, scale.tenants).await;
        let stored = prefill::conversations(
            &server,
            &fixture,
            CONVERSATIONS,
            USERS_PER_CONVERSATION,
            messages,
        )
        .await;
        Self {
            server,
            fixture,
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
                turn: number * USERS_PER_CONVERSATION,
            });
        }
        drive(self.server.process(), clients, scale.length).await.0
    }
}

struct Reader {
    http: Http,
    stored: Arc<Vec<PrefilledConversation>>,
    page: Page,
    turn: usize,
}

impl LoadClient for Reader {
    async fn act(&mut self) {
        self.turn += 1;
        let conversation = &self.stored[self.turn % self.stored.len()];
        let reader =
            &conversation.users[(self.turn / self.stored.len()) % conversation.users.len()];
        let mut path = format!("/v1/conversations/{}/messages?limit=50", conversation.id);
        if self.page == Page::Middle {
            path = format!("{path}&cursor={}", conversation.middle);
        }
        self.http.expect("GET", &path, &reader.token, "").await;
    }
}
