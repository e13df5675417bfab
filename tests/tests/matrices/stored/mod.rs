//! What is stored, read past the server: every document as one text.

mod mongodb;
mod sqlite;

use std::collections::BTreeSet;
use std::time::Duration;

use testkit::Home;

/// Collections that change by themselves: when a key was used last, who is connected, what jobs write.
const OF_THE_MOMENT: [&str; 8] = [
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
const SEEN: &str = "last_seen_at";

/// Longer than what follows a request is put off, such as the mark of who sent.
const LATER: Duration = Duration::from_millis(1_500);

/// Every document that is stored.
pub async fn everything(home: &Home) -> BTreeSet<String> {
    match home.mongodb() {
        Some((uri, prefix)) => mongodb::everything(uri, prefix).await,
        None => sqlite::everything(home.folder().to_owned()).await,
    }
}

/// Every document, once nothing more is written by itself.
pub async fn settled(home: &Home) -> BTreeSet<String> {
    let mut before = everything(home).await;
    loop {
        tokio::time::sleep(LATER).await;
        let after = everything(home).await;
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

fn is_of_the_moment(collection: &str) -> bool {
    OF_THE_MOMENT.iter().any(|name| collection.ends_with(name))
}
