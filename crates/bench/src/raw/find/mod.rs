//! Pages of a history, found without a server.

mod mongodb;
mod sqlite;

use crate::stored::Stored;
use crate::town::Town;
use crate::workload::Page;

pub(super) use mongodb::find as mongodb;
pub(super) use sqlite::find as sqlite;

/// A page to find.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    tenant: String,
    conversation: String,
    /// The record before which it ends.
    before: i64,
}

/// Messages of a page.
const PAGE: usize = 50;

impl Wanted {
    pub(super) fn of(town: &Town, stored: &Stored, page: Page) -> Self {
        let before = match page {
            Page::Newest => i64::MAX,
            Page::Middle => i64::try_from(stored.messages / 2).unwrap_or(i64::MAX),
        };
        Self {
            tenant: town.tenant(&stored.people[0]).to_owned(),
            conversation: stored.id.clone(),
            before,
        }
    }
}
