//! Versions and preconditions of updates.

use crate::fixtures::{aged, insert, person, write};
use crate::{Case, User};
use store::{Changes, CommitError, Update};

fn to(team: &str) -> Update<User> {
    Update::of(Changes::new().set(User::team, team.to_owned()))
}

/// Checks that a change raises version and `updated_at`, and that a quiet change leaves both.
pub async fn a_change_raises_the_version(case: &Case<'_>) {
    let tenant = case.tenant();
    let ada = insert(&tenant, person("red")).await;
    case.world.clock.advance(7);
    write(&tenant, |batch| batch.update(ada.id, to("blue")))
        .await
        .unwrap();
    let changed = tenant.get(ada.id).await.unwrap().unwrap();
    assert_eq!((changed.version, changed.doc.team.as_str()), (2, "blue"));
    assert_eq!(
        (changed.created_at, changed.updated_at),
        (ada.created_at, ada.updated_at.plus_millis(7))
    );
    case.world.clock.advance(7);
    write(&tenant, |batch| batch.update(ada.id, to("green").quietly()))
        .await
        .unwrap();
    let quiet = tenant.get(ada.id).await.unwrap().unwrap();
    assert_eq!(
        (quiet.version, quiet.updated_at, quiet.doc.team.as_str()),
        (2, changed.updated_at, "green")
    );
}

/// Checks that one of several updates of the same version succeeds. The others fail with the
/// current version.
pub async fn another_version_is_stale(case: &Case<'_>) {
    let tenant = case.tenant();
    let ada = insert(&tenant, person("red")).await;
    let change = async |team: String| {
        write(&tenant, |batch| {
            batch.update(ada.id, to(&team).expecting_version(1));
        })
        .await
    };
    let outcomes = tokio::join!(
        change("a".to_owned()),
        change("b".to_owned()),
        change("c".to_owned())
    );
    let outcomes = [outcomes.0, outcomes.1, outcomes.2];
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    let stale = |outcome: &&Result<(), _>| {
        matches!(
            outcome,
            Err(CommitError::PreconditionFailed {
                write: 0,
                current: Some(2)
            })
        )
    };
    assert_eq!(outcomes.iter().filter(stale).count(), 2, "{outcomes:?}");
}

/// Checks preconditions on the value of a field and on its absence.
pub async fn a_field_is_expected(case: &Case<'_>) {
    let tenant = case.tenant();
    let ada = insert(&tenant, aged("red", 30)).await;
    let bob = insert(&tenant, person("red")).await;
    write(&tenant, |batch| {
        batch.update(ada.id, to("blue").expecting(User::age, Some(30)));
    })
    .await
    .unwrap();
    write(&tenant, |batch| {
        batch.update(bob.id, to("blue").expecting(User::age, None));
    })
    .await
    .unwrap();
    let other = write(&tenant, |batch| {
        batch.update(ada.id, to("green").expecting(User::age, Some(31)));
    })
    .await;
    assert!(matches!(
        other,
        Err(CommitError::PreconditionFailed {
            write: 0,
            current: Some(2)
        })
    ));
    let absent = write(&tenant, |batch| {
        batch.update(ada.id, to("green").expecting(User::age, None));
    })
    .await;
    assert!(matches!(
        absent,
        Err(CommitError::PreconditionFailed {
            write: 0,
            current: Some(2)
        })
    ));
    let present = write(&tenant, |batch| {
        batch.update(bob.id, to("green").expecting(User::age, Some(1)));
    })
    .await;
    assert!(matches!(
        present,
        Err(CommitError::PreconditionFailed {
            write: 0,
            current: Some(2)
        })
    ));
}

/// Checks that the document must exist, whatever the precondition.
pub async fn the_missing_is_stale(case: &Case<'_>) {
    let tenant = case.tenant();
    let nobody = tenant.context().new_id::<User>();
    for update in [
        to("red"),
        to("red").expecting_version(1),
        to("red").expecting(User::age, None),
        to("red").restoring(),
    ] {
        let outcome = write(&tenant, |batch| batch.update(nobody, update)).await;
        assert!(
            matches!(
                outcome,
                Err(CommitError::PreconditionFailed {
                    write: 0,
                    current: None
                })
            ),
            "{outcome:?}"
        );
    }
    let removed = write(&tenant, |batch| batch.remove(nobody, true)).await;
    assert!(matches!(
        removed,
        Err(CommitError::PreconditionFailed {
            write: 0,
            current: None
        })
    ));
    write(&tenant, |batch| batch.remove(nobody, false))
        .await
        .unwrap();
}
