//! Batches: all writes of a batch are applied, or none of them.

use crate::fixtures::{all, insert, member, named, person, write};
use crate::{Case, Member, User};
use store::{Changes, CommitError, Update};

/// Checks that no write is applied, whichever write fails.
pub async fn all_or_nothing(case: &Case<'_>) {
    let tenant = case.tenant();
    let ada = insert(&tenant, named("ada")).await;
    let room = tenant.context().new_id();
    let at = tenant.context().now();
    for last in 0..4 {
        let failed = write(&tenant, |batch| {
            batch.insert(member(room, ada.id));
            batch.increment(ada.id, User::points, 1, None);
            batch.raise(ada.id, User::seen_at, at);
            batch.update(
                ada.id,
                Update::of(Changes::new().set(User::team, "blue".to_owned())),
            );
            match last {
                0 => drop(batch.insert(named("ada"))),
                1 => batch.increment(ada.id, User::points, 1, Some(1)),
                2 => batch.update(ada.id, Update::of(Changes::new()).expecting_version(1)),
                _ => batch.remove(tenant.context().new_id::<User>(), true),
            }
        });
        match (last, failed.await) {
            (
                0,
                Err(CommitError::Conflict {
                    write: 4,
                    index: "by_external_id",
                }),
            )
            | (1, Err(CommitError::LimitExceeded { write: 4 }))
            | (
                2,
                Err(CommitError::PreconditionFailed {
                    write: 4,
                    current: Some(2),
                }),
            )
            | (
                3,
                Err(CommitError::PreconditionFailed {
                    write: 4,
                    current: None,
                }),
            ) => {}
            (last, outcome) => panic!("{last}: {outcome:?}"),
        }
        assert_eq!(
            tenant.get(ada.id).await.unwrap().unwrap().to_row(),
            ada.to_row()
        );
        assert!(
            all(&tenant, Member::by_room.eq(Member::room, room))
                .await
                .is_empty()
        );
    }
}

/// Checks that a write sees the earlier writes of its batch to the same document.
pub async fn a_later_write_sees_the_earlier(case: &Case<'_>) {
    let tenant = case.tenant();
    let ada = write(&tenant, |batch| {
        let ada = batch.insert(person("red"));
        batch.increment(ada.id, User::points, 2, Some(2));
        batch.update(
            ada.id,
            Update::of(Changes::new().set(User::age, 1)).expecting(User::points, Some(2)),
        );
        batch.update(
            ada.id,
            Update::of(Changes::new().set(User::age, 2)).expecting_version(2),
        );
        ada
    });
    let ada = ada.await.unwrap();
    let read = tenant.get(ada.id).await.unwrap().unwrap();
    assert_eq!(
        (read.version, read.doc.age, read.doc.points),
        (3, Some(2), Some(2))
    );
    let gone = write(&tenant, |batch| {
        let bob = batch.insert(named("bob"));
        batch.remove(bob.id, true);
        bob
    });
    assert!(tenant.get(gone.await.unwrap().id).await.unwrap().is_none());
}

/// Checks that the error names the first of several writes that would fail.
pub async fn the_first_failing_write_is_named(case: &Case<'_>) {
    let tenant = case.tenant();
    let ada = insert(&tenant, named("ada")).await;
    let failed = write(&tenant, |batch| {
        batch.insert(person("red"));
        batch.update(ada.id, Update::of(Changes::new()).expecting_version(9));
        batch.insert(named("ada"));
    });
    let failed = failed.await;
    assert!(
        matches!(
            failed,
            Err(CommitError::PreconditionFailed {
                write: 1,
                current: Some(1)
            })
        ),
        "{failed:?}"
    );
}

/// Checks that a repeated migration changes nothing.
pub async fn a_place_is_migrated_twice_without_harm(case: &Case<'_>) {
    let tenant = case.tenant();
    case.world.store.migrate(case.partition()).await.unwrap();
    let ada = insert(&tenant, named("ada")).await;
    case.world.store.migrate(case.partition()).await.unwrap();
    case.world.rival.migrate(case.partition()).await.unwrap();
    assert_eq!(
        tenant.get(ada.id).await.unwrap().unwrap().to_row(),
        ada.to_row()
    );
    assert!(
        write(&tenant, |batch| batch.insert(named("ada")))
            .await
            .is_err()
    );
}
