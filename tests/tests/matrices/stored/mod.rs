//! What is stored, read past the server: every document as one text.

mod mongodb;
mod sqlite;

use std::collections::BTreeSet;

use testkit::Home;

/// Collections that change by themselves: when a key was used last, who is connected, what jobs write, and the marks
/// of who sent, which rise a moment later.
const OF_THE_MOMENT: [&str; 6] = ["api_keys", "erasures", "outbox", "presence", "read_receipts", "user_log"];

/// Every document that is stored.
pub async fn everything(home: &Home) -> BTreeSet<String> {
    match home.mongodb() {
        Some((uri, prefix)) => mongodb::everything(uri, prefix).await,
        None => sqlite::everything(home.folder().to_owned()).await,
    }
}

/// Sees that nothing was written.
pub fn assert_same(before: &BTreeSet<String>, after: &BTreeSet<String>) {
    let changed: Vec<_> = before.symmetric_difference(after).collect();
    assert!(changed.is_empty(), "a refused request has written: {changed:#?}");
    assert!(!after.is_empty(), "nothing was read");
}

fn is_of_the_moment(collection: &str) -> bool {
    OF_THE_MOMENT.iter().any(|name| collection.ends_with(name))
}
