//! What is stored, read past the server: every document as one text.

mod mongodb;
mod sqlite;

use std::collections::BTreeSet;
use std::time::Duration;

use testkit::DataDir;

/// Collections that change by themselves: when a key was used last, who is connected, what jobs write.
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

/// The field that tells when a user was connected last: it rises while they are.
const LAST_SEEN: &str = "last_seen_at";

/// Longer than what follows a request is put off, such as the mark of who sent.
const SETTLE_DELAY: Duration = Duration::from_millis(1_500);

/// Every document that is stored.
pub async fn everything(data_dir: &DataDir) -> BTreeSet<String> {
    match data_dir.mongodb() {
        Some((uri, prefix)) => mongodb::everything(uri, prefix).await,
        None => sqlite::everything(data_dir.path().to_owned()).await,
    }
}

/// Names of the collections that have a document, without the tenant in front.
pub async fn collections(data_dir: &DataDir) -> BTreeSet<String> {
    match data_dir.mongodb() {
        Some((uri, prefix)) => mongodb::collections(uri, prefix).await,
        None => sqlite::collections(data_dir.path().to_owned()).await,
    }
}

/// Every document, once nothing more is written by itself.
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

/// Sees that nothing was written.
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
