//! What the engines do without a server: statements of our own on the data
//! that the server stored.

mod find;
mod insert;
mod mongodb;
mod sqlite;

use std::time::Duration;

use testkit::Engine;

use crate::sample::Sample;
use crate::server::Server;
use crate::stored::Stored;
use crate::town::Town;
use crate::workload::Page;
use find::Wanted;

pub use insert::Layout;
pub use mongodb::id as object_id;
pub use sqlite::open as open_file;

/// Finds the same pages as the clients of the server.
pub async fn pages(
    server: &Server,
    town: &Town,
    stored: &[Stored],
    page: Page,
    length: Duration,
) -> Sample {
    let wanted: Vec<Wanted> = stored
        .iter()
        .map(|stored| Wanted::of(town, stored, page))
        .collect();
    match server.target.engine {
        Engine::Sqlite => find::sqlite(server.caas.data_dir(), &wanted, length),
        Engine::MongoDb => find::mongodb(server.caas.data_dir(), &wanted, length).await,
    }
}

/// Writes the messages that the server stored once more, in durable commits
/// of `group` each. An operation is a message; the percentiles are the commits'.
pub async fn commits(server: &Server, layout: Layout, group: f64, length: Duration) -> Sample {
    let group = (group.round() as usize).max(1);
    match server.target.engine {
        Engine::Sqlite => insert::sqlite(server.caas.data_dir(), layout, group, length),
        Engine::MongoDb => insert::mongodb(server.caas.data_dir(), layout, group, length).await,
    }
}

/// The same on `MongoDB`, one document a call and so many calls at once.
pub async fn singles(server: &Server, at_once: usize, length: Duration) -> Sample {
    insert::one_by_one(server.caas.data_dir(), at_once, length).await
}
