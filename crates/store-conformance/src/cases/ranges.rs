//! Removal of an index range in bounded parts.

use crate::fixtures::{all, insert, named, person, write};
use crate::{Case, User, Voucher};
use store::{CommitError, Update};

/// Checks that each batch removes the first documents of the range, up to the limit.
pub async fn a_range_goes_in_bounded_parts(case: &Case<'_>) {
    let tenant = case.tenant();
    let stranger = case.stranger();
    for age in 0..5 {
        insert(
            &tenant,
            User {
                age: Some(age),
                ..person("red")
            },
        )
        .await;
        insert(
            &stranger,
            User {
                age: Some(age),
                ..person("red")
            },
        )
        .await;
    }
    insert(
        &tenant,
        User {
            age: Some(0),
            ..person("blue")
        },
    )
    .await;
    let red = || User::by_team.eq(User::team, "red".to_owned());
    let older = || red().above(User::age, 1);
    let mut left = Vec::new();
    for _ in 0..3 {
        write(&tenant, |batch| batch.delete_range(older().limit(2)))
            .await
            .unwrap();
        left.push(
            all(&tenant, red())
                .await
                .iter()
                .map(|person| person.age.unwrap())
                .collect::<Vec<_>>(),
        );
    }
    assert_eq!(left, [vec![0, 1, 4], vec![0, 1], vec![0, 1]]);
    assert_eq!(
        all(&tenant, User::by_team.eq(User::team, "blue".to_owned()))
            .await
            .len(),
        1
    );
    assert_eq!(
        all(&stranger, red()).await.len(),
        5,
        "another tenant's stay"
    );
}

/// Checks that hidden documents are removed too, and that their keys are free in the same batch.
pub async fn the_hidden_go_too_and_free_their_keys(case: &Case<'_>) {
    let tenant = case.tenant();
    let ada = insert(&tenant, named("ada")).await;
    write(&tenant, |batch| {
        batch.update(ada.id, Update::of(store::Changes::new()).deleting(None));
    })
    .await
    .unwrap();
    let at = tenant.context().now().plus_millis(1);
    insert(
        &tenant,
        Voucher {
            code: "once".to_owned(),
            expires_at: Some(at),
        },
    )
    .await;
    case.world.clock.advance(10);
    let again = write(&tenant, |batch| {
        batch.delete_range(
            User::by_external_id
                .eq(User::external_id, "ada".to_owned())
                .limit(1),
        );
        batch.delete_range(Voucher::by_code.all().limit(9));
        batch.insert(Voucher {
            code: "once".to_owned(),
            expires_at: None,
        });
        batch.insert(named("ada"))
    });
    let again = again.await.unwrap();
    assert!(
        tenant
            .get_many_with_deleted(&[ada.id])
            .await
            .unwrap()
            .is_empty()
    );
    assert!(tenant.get(again.id).await.unwrap().is_some());
}

/// Checks that a failed batch removes nothing, and that an invalid query fails.
pub async fn a_failed_batch_leaves_the_range(case: &Case<'_>) {
    let tenant = case.tenant();
    let ada = insert(&tenant, person("red")).await;
    let red = || User::by_team.eq(User::team, "red".to_owned()).limit(9);
    let failed = write(&tenant, |batch| {
        batch.delete_range(red());
        batch.remove(ada.id, true);
    });
    let failed = failed.await;
    assert!(
        matches!(
            failed,
            Err(CommitError::PreconditionFailed {
                write: 1,
                current: None
            })
        ),
        "{failed:?}"
    );
    let wrong = write(&tenant, |batch| {
        batch.delete_range(User::by_team.all().above(User::age, 1));
    })
    .await;
    assert!(matches!(wrong, Err(CommitError::Broken(_))), "{wrong:?}");
    assert_eq!(all(&tenant, red()).await.len(), 1);
}
