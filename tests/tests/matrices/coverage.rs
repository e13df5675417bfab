//! Selection of the matrix entries that run on an isolation tier.

use std::collections::BTreeSet;

use reqwest::Method;
use store::Scope;
use testkit::{TestConfig, Tier};

/// Collections without documents that a request can name: jobs and writes to other collections
/// maintain them.
const INTERNAL: [&str; 8] = [
    "active_users",
    "erased_names",
    "external_messages",
    "mailbox_messages",
    "message_user_status",
    "outbound_messages",
    "outbox",
    "recounts",
];

/// The part of a matrix that runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coverage {
    /// Every row, with every actor.
    Full,
    /// For each collection, the first row that reads and the first that writes, with one actor.
    Sample,
}

impl Coverage {
    /// Returns the coverage of a tier.
    ///
    /// Shared collections get the whole matrix, since only there documents of two tenants are in
    /// one collection.
    pub const fn of(config: TestConfig) -> Self {
        match config.tier {
            Tier::Free => Self::Full,
            Tier::Pro | Tier::Enterprise => Self::Sample,
        }
    }

    /// Keeps the entries that run, by the collection and the method of each.
    pub fn select<T>(
        self,
        entries: Vec<T>,
        subject: impl Fn(&T) -> (&'static str, Method),
    ) -> Vec<T> {
        if self == Self::Full {
            return entries;
        }
        let mut seen = BTreeSet::new();
        entries
            .into_iter()
            .filter(|entry| {
                let (collection, method) = subject(entry);
                seen.insert((collection, method == Method::GET))
            })
            .collect()
    }
}

/// Fails if the rows leave a tenant collection out, or name one that is not declared.
pub fn assert_every_collection_has_a_row(rows: &BTreeSet<&str>) {
    let catalogue = domain::catalogue();
    let unknown: Vec<_> = rows
        .iter()
        .filter(|row| {
            catalogue
                .iter()
                .all(|declaration| declaration.name != **row)
        })
        .collect();
    assert!(
        unknown.is_empty(),
        "rows of undeclared collections: {unknown:?}"
    );
    let expected: BTreeSet<&str> = tenant_collections().collect();
    let missing: Vec<_> = expected.difference(rows).collect();
    assert!(missing.is_empty(), "collections without a row: {missing:?}");
}

/// Fails if a tenant collection is still empty after the matrix has run.
pub fn assert_every_collection_was_written(stored: &BTreeSet<String>) {
    let empty: Vec<_> = tenant_collections()
        .filter(|name| !stored.contains(*name))
        .collect();
    assert!(
        empty.is_empty(),
        "collections without a document: {empty:?}"
    );
}

/// Returns the declared collections whose documents requests can name.
fn tenant_collections() -> impl Iterator<Item = &'static str> {
    domain::catalogue()
        .into_iter()
        .filter(|declaration| declaration.scope == Scope::Tenant)
        .map(|declaration| declaration.name)
        .filter(|name| !INTERNAL.contains(name))
}
