//! Counters and raised values.

use base::Timestamp;
use tokio::task::JoinSet;

use crate::fixtures::{insert, person, write};
use crate::{Case, User};
use store::{Batch, CommitError};

/// Checks a limit of 40 with a hundred concurrent increments: 40 of them succeed.
pub async fn a_quota_holds_under_a_race(case: &Case<'_>) {
    let tenant = case.tenant();
    let ada = insert(&tenant, person("red")).await;
    let mut racers = JoinSet::new();
    for _ in 0..100 {
        let tenant = tenant.clone();
        racers.spawn(async move {
            write(&tenant, |batch| {
                batch.increment(ada.id, User::points, 1, Some(40));
            })
            .await
        });
    }
    let outcomes = racers.join_all().await;
    let exceeded = outcomes
        .iter()
        .filter(|outcome| matches!(outcome, Err(CommitError::LimitExceeded { write: 0 })))
        .count();
    assert_eq!(
        (
            outcomes.iter().filter(|outcome| outcome.is_ok()).count(),
            exceeded
        ),
        (40, 60)
    );
    assert_eq!(
        tenant.get(ada.id).await.unwrap().unwrap().doc.points,
        Some(40)
    );
}

/// Checks a hundred concurrent batches that increment one number and insert a document: no batch
/// fails because of the concurrency.
///
/// Seen to fail on MongoDB without serialized increments: 32 of 90 batches succeeded.
pub async fn those_who_add_to_one_number_all_get_their_turn(case: &Case<'_>) {
    let tenant = case.tenant();
    let ada = insert(&tenant, person("red")).await;
    let mut racers = JoinSet::new();
    for _ in 0..100 {
        let tenant = tenant.clone();
        racers.spawn(async move {
            let add_writes = |batch: &mut Batch<_>| {
                batch.insert(person("blue"));
                batch.increment(ada.id, User::points, 1, Some(90));
            };
            write(&tenant, add_writes).await
        });
    }
    let outcomes = racers.join_all().await;
    let exceeded = outcomes
        .iter()
        .filter(|outcome| matches!(outcome, Err(CommitError::LimitExceeded { write: 1 })))
        .count();
    assert_eq!(
        (
            outcomes.iter().filter(|outcome| outcome.is_ok()).count(),
            exceeded
        ),
        (90, 10),
        "{outcomes:?}"
    );
    assert_eq!(
        tenant.get(ada.id).await.unwrap().unwrap().doc.points,
        Some(90)
    );
}

/// Checks that an absent number counts as zero, and that a lower bound limits a negative amount.
pub async fn an_increment_leaves_the_version_alone(case: &Case<'_>) {
    let tenant = case.tenant();
    let ada = insert(&tenant, person("red")).await;
    case.world.clock.advance(1);
    let add = async |by, bound| {
        write(&tenant, |batch| {
            batch.increment(ada.id, User::points, by, bound);
        })
        .await
    };
    assert!(matches!(
        add(-1, Some(0)).await,
        Err(CommitError::LimitExceeded { write: 0 })
    ));
    add(5, Some(5)).await.unwrap();
    assert!(matches!(
        add(1, Some(5)).await,
        Err(CommitError::LimitExceeded { write: 0 })
    ));
    assert!(matches!(
        add(-3, Some(3)).await,
        Err(CommitError::LimitExceeded { write: 0 })
    ));
    add(-3, Some(2)).await.unwrap();
    add(3, Some(5)).await.unwrap();
    let counted = tenant.get(ada.id).await.unwrap().unwrap();
    assert_eq!(counted.doc.points, Some(5));
    assert_eq!((counted.version, counted.updated_at), (1, ada.updated_at));
}

/// Checks that a value is raised from absent and from less, and never lowered. A missing document
/// is no error.
pub async fn a_raise_never_lowers(case: &Case<'_>) {
    let tenant = case.tenant();
    let ada = insert(&tenant, person("red")).await;
    for (to, stands) in [(20, 20), (10, 20), (30, 30), (30, 30)] {
        let moment = Timestamp::from_millis(to);
        write(&tenant, |batch| {
            batch.raise(ada.id, User::seen_at, moment);
        })
        .await
        .unwrap();
        write(&tenant, |batch| batch.raise(ada.id, User::points, to))
            .await
            .unwrap();
        let raised = tenant.get(ada.id).await.unwrap().unwrap();
        assert_eq!(
            (raised.doc.seen_at, raised.doc.points),
            (Some(Timestamp::from_millis(stands)), Some(stands))
        );
        assert_eq!((raised.version, raised.updated_at), (1, ada.updated_at));
    }
    let nobody = tenant.context().new_id();
    write(&tenant, |batch| batch.raise(nobody, User::points, 1))
        .await
        .unwrap();
    assert!(tenant.get(nobody).await.unwrap().is_none());
}
