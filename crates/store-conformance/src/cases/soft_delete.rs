//! Soft deletion: the document is hidden and kept.

use crate::fixtures::{all, append, entry, insert, person, stored, whole_log, write};
use crate::{Case, Entry, User};
use store::{Changes, CommitError, CountFilter, Update};

fn deleting() -> Update<User> {
    Update::of(Changes::new()).deleting(None)
}

/// Checks that reads omit a deleted document unless requested, and that writes do not find it.
pub async fn a_deleted_document_is_out_of_sight(case: &Case<'_>) {
    let tenant = case.tenant();
    let gone = insert(&tenant, person("red")).await;
    let by = tenant.context().new_object_id();
    insert(&tenant, person("red")).await;
    case.world.clock.advance(5);
    let mark = Update::of(Changes::new()).deleting(Some(by));
    write(&tenant, |batch| batch.update(gone.id, mark))
        .await
        .unwrap();
    let red = || User::by_team.eq(User::team, "red".to_owned());
    assert!(tenant.get(gone.id).await.unwrap().is_none());
    assert_eq!(all(&tenant, red()).await.len(), 1);
    assert_eq!(tenant.count(red(), 10).await.unwrap(), 1);
    assert_eq!(all(&tenant, red().with_deleted()).await.len(), 2);
    let kept = tenant
        .get_many_with_deleted(&[gone.id])
        .await
        .unwrap()
        .pop()
        .unwrap();
    assert_eq!(
        (kept.deleted_by, kept.deleted_at),
        (Some(by), Some(tenant.context().now()))
    );
    assert_eq!(kept.version, 2);
    let again = write(&tenant, |batch| batch.update(gone.id, deleting())).await;
    assert!(matches!(
        again,
        Err(CommitError::PreconditionFailed {
            write: 0,
            current: None
        })
    ));
    let added = write(&tenant, |batch| {
        batch.increment(gone.id, User::points, 1, None);
    })
    .await;
    assert!(matches!(
        added,
        Err(CommitError::PreconditionFailed {
            write: 0,
            current: None
        })
    ));
}

/// Checks that restoring makes the document visible again, and that it may be repeated.
pub async fn a_deleted_document_is_restored(case: &Case<'_>) {
    let tenant = case.tenant();
    let ada = insert(&tenant, person("red")).await;
    write(&tenant, |batch| batch.update(ada.id, deleting()))
        .await
        .unwrap();
    let restoring = || Update::of(Changes::new().set(User::team, "blue".to_owned())).restoring();
    write(&tenant, |batch| batch.update(ada.id, restoring()))
        .await
        .unwrap();
    let back = tenant.get(ada.id).await.unwrap().unwrap();
    assert_eq!(
        (back.deleted_at, back.deleted_by, back.version),
        (None, None, 3)
    );
    assert_eq!(back.doc.team, "blue");
    write(&tenant, |batch| batch.update(ada.id, restoring()))
        .await
        .unwrap();
    write(&tenant, |batch| batch.remove(ada.id, true))
        .await
        .unwrap();
    assert!(
        tenant
            .get_many_with_deleted(&[ada.id])
            .await
            .unwrap()
            .is_empty()
    );
}

/// Checks that a deleted record of a log is not hidden; only counts can omit it.
pub async fn a_log_keeps_its_tombstones(case: &Case<'_>) {
    let tenant = case.tenant();
    let room = tenant.context().new_id();
    let first = stored(append(&tenant, entry(room, "one")).await.unwrap());
    append(&tenant, entry(room, "two")).await.unwrap();
    let wipe = || Update::of(Changes::new().set(Entry::text, String::new())).deleting(None);
    write(&tenant, |batch| batch.update(first.id, wipe()))
        .await
        .unwrap();
    write(&tenant, |batch| batch.update(first.id, wipe()))
        .await
        .unwrap();
    assert_eq!(whole_log(&tenant, room).await.len(), 2);
    assert!(
        tenant
            .get(first.id)
            .await
            .unwrap()
            .unwrap()
            .deleted_at
            .is_some()
    );
    let shown = || Entry::by_shown.eq(Entry::room, room).eq(Entry::shown, true);
    assert_eq!(tenant.count(shown(), 10).await.unwrap(), 2);
    let alive = tenant
        .count_each(vec![shown()], 10, CountFilter::default().deleted())
        .await
        .unwrap();
    assert_eq!(alive, [1]);
}
