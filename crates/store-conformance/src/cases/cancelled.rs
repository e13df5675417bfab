//! Dropped requests: no write depends on the future of its request.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;

use crate::fixtures::{all, append, entry, person, whole_log};
use crate::{Case, User};

/// Polls a future once and drops it.
async fn cut<T>(future: impl Future<Output = T>) {
    let mut future = Box::pin(future);
    poll_fn(|context| {
        let _ = Pin::new(&mut future).poll(context);
        Poll::Ready(())
    })
    .await;
}

/// Checks that dropped appends are written completely and in order, and that the log continues.
pub async fn a_dropped_append_is_still_whole(case: &Case<'_>) {
    let tenant = case.tenant();
    let room = tenant.context().new_id();
    let abandoned = || case.world.store.stats().abandoned.get();
    let before = abandoned();
    for text in 0..100 {
        cut(append(&tenant, entry(room, format!("{text:02}")))).await;
    }
    append(&tenant, entry(room, "last")).await.unwrap();
    let stored = whole_log(&tenant, room).await;
    assert_eq!(stored.len(), 101);
    assert!(stored.iter().map(|entry| &entry.doc.text).is_sorted());
    assert!(abandoned() > before);
}

/// Checks that a dropped commit writes both documents of its batch, and never only one.
pub async fn a_dropped_commit_is_still_whole(case: &Case<'_>) {
    let tenant = case.tenant();
    for pair in 0..50 {
        let mut batch = tenant.batch();
        batch.insert(person(&format!("pair {pair}")));
        batch.insert(person(&format!("pair {pair}")));
        cut(tenant.commit(batch)).await;
    }
    let mut settled = 0;
    while settled < 50 {
        settled = 0;
        for pair in 0..50 {
            let found = all(
                &tenant,
                User::by_team.eq(User::team, format!("pair {pair}")),
            )
            .await
            .len();
            assert!(found == 0 || found == 2, "half a batch was written");
            settled += usize::from(found == 2);
        }
    }
}
