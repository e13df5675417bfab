//! Stored documents, read directly from the engine, each as one text.

mod mongodb;
mod sqlite;

use std::collections::BTreeSet;
use std::time::Duration;

use testkit::DataDir;

/// Collections that change without a request: last use of keys, presence, results of jobs.
const TRANSIENT: [&str; 8] = [
    "active_users",
    "api_keys",
    "erasures",
    "metrics",
    "outbox",
    "presence",
    "recounts",
    "user_log",
];

/// The field with the last time a user was connected, which increases during a connection.
const LAST_SEEN: &str = "last_seen_at";

/// Longer than the delay of writes that follow a request, such as the sender's read receipt.
const SETTLE_DELAY: Duration = Duration::from_millis(1_500);

/// Returns every stored document.
pub async fn everything(data_dir: &DataDir) -> BTreeSet<String> {
    match data_dir.mongodb() {
        Some((uri, prefix)) => mongodb::everything(uri, prefix).await,
        None => sqlite::everything(data_dir.path().to_owned()).await,
    }
}

/// Returns the names of the collections that have a document, without the tenant's prefix.
pub async fn collections(data_dir: &DataDir) -> BTreeSet<String> {
    match data_dir.mongodb() {
        Some((uri, prefix)) => mongodb::collections(uri, prefix).await,
        None => sqlite::collections(data_dir.path().to_owned()).await,
    }
}

/// Returns every stored document once two reads are equal.
pub async fn settled(data_dir: &DataDir) -> BTreeSet<String> {
    let mut before = everything(data_dir).await;
    loop {
        tokio::time::sleep(SETTLE_DELAY).await;
        let after = everything(data_dir).await;
        if after == before {
            return after;
        }
        before = after;
    }
}

/// Asserts that no document was written.
pub fn assert_same(before: &BTreeSet<String>, after: &BTreeSet<String>) {
    let changed: Vec<_> = before.symmetric_difference(after).collect();
    assert!(
        changed.is_empty(),
        "a refused request has written: {changed:#?}"
    );
    assert!(!after.is_empty(), "nothing was read");
}

fn is_transient(collection: &str) -> bool {
    TRANSIENT.iter().any(|name| collection.ends_with(name))
}
