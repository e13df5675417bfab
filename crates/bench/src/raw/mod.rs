//! Limits of the engines without a server: statements on the data that the server
//! has stored.

mod mongodb;
mod sqlite;

pub use mongodb::id as object_id;
pub use sqlite::open as open_file;

use std::time::Duration;

use testkit::Engine;

use crate::fixture::Fixture;
use crate::prefill::PrefilledConversation;
use crate::sample::Sample;
use crate::server::Server;
use crate::workload::Page;

/// Reads the same pages as the clients of the server.
pub async fn pages(
    server: &Server,
    fixture: &Fixture,
    stored: &[PrefilledConversation],
    page: Page,
    length: Duration,
) -> Sample {
    let queries: Vec<PageQuery> = stored
        .iter()
        .map(|stored| PageQuery::of(fixture, stored, page))
        .collect();
    match server.target.engine {
        Engine::Sqlite => sqlite::find(server.caas.data_dir(), &queries, length),
        Engine::MongoDb => mongodb::find(server.caas.data_dir(), &queries, length).await,
    }
}

/// Writes copies of the stored messages in durable commits of `group` messages.
/// An operation is a message; the percentiles are those of commits.
pub async fn commits(server: &Server, layout: Layout, group: f64, length: Duration) -> Sample {
    let group = (group.round() as usize).max(1);
    match server.target.engine {
        Engine::Sqlite => sqlite::insert(server.caas.data_dir(), layout, group, length),
        Engine::MongoDb => mongodb::insert(server.caas.data_dir(), layout, group, length).await,
    }
}

/// Writes copies on `MongoDB`, one document per call, with concurrent calls.
pub async fn singles(server: &Server, concurrency: usize, length: Duration) -> Sample {
    mongodb::one_by_one(server.caas.data_dir(), concurrency, length).await
}

/// Query for a page.
#[derive(Debug, Clone)]
struct PageQuery {
    tenant: String,
    conversation: String,
    /// Sequence number before which the page ends.
    before: i64,
}

/// Messages per page.
const PAGE: usize = 50;

impl PageQuery {
    fn of(fixture: &Fixture, stored: &PrefilledConversation, page: Page) -> Self {
        let before = match page {
            Page::Newest => i64::MAX,
            Page::Middle => i64::try_from(stored.messages / 2).unwrap_or(i64::MAX),
        };
        Self {
            tenant: fixture.tenant(&stored.users[0]).to_owned(),
            conversation: stored.id.clone(),
            before,
        }
    }
}

/// Maximum number of stored messages that are copied.
const SAMPLE: usize = 20_000;

/// Indexes of the copies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// Indexes of the server.
    Ours,
    /// Only the index that a log requires, (conversation, sequence number); with
    /// SQLite of two integers.
    Plain,
}
