//! Meaning of `Unique` and `UniqueWhenPresent`.

use crate::fixtures::{all, insert, member, named, person, write};
use crate::{Case, Member, User, Voucher};
use store::{Changes, CommitError, Update};

fn voucher(code: &str) -> Voucher {
    Voucher {
        code: code.to_owned(),
        expires_at: None,
    }
}

/// Checks that a conflict names the write and the index.
pub async fn a_taken_key_is_named(case: &Case<'_>) {
    let tenant = case.tenant();
    insert(&tenant, voucher("spring")).await;
    let second = write(&tenant, |batch| {
        batch.insert(voucher("summer"));
        batch.insert(voucher("spring"));
    });
    assert!(matches!(
        second.await,
        Err(CommitError::Conflict {
            write: 1,
            index: "by_code"
        })
    ));
    let mut batch = tenant.batch();
    let doubled = batch.insert(voucher("autumn"));
    batch.insert_as(doubled.id, voucher("winter"));
    assert!(matches!(
        tenant.commit(batch).await,
        Err(CommitError::Conflict {
            write: 1,
            index: "_id"
        })
    ));
    assert_eq!(all(&tenant, Voucher::by_code.all()).await.len(), 1);
}

/// Checks that any number of documents can lack the key; the index omits them.
pub async fn absent_keys_do_not_meet(case: &Case<'_>) {
    let tenant = case.tenant();
    insert(&tenant, person("red")).await;
    insert(&tenant, person("red")).await;
    insert(&tenant, named("ada")).await;
    let second = write(&tenant, |batch| batch.insert(named("ada"))).await;
    assert!(matches!(
        second,
        Err(CommitError::Conflict {
            write: 0,
            index: "by_external_id"
        })
    ));
    let indexed = all(&tenant, User::by_external_id.all()).await;
    assert_eq!(
        indexed.len(),
        1,
        "the index leaves out documents without its last field"
    );
    let room = tenant.context().new_id();
    let other = tenant.context().new_id();
    let seated = |room, seat| Member {
        seat,
        ..member(room, tenant.context().new_id())
    };
    insert(&tenant, seated(room, None)).await;
    insert(&tenant, seated(room, None)).await;
    insert(&tenant, seated(room, Some(1))).await;
    insert(&tenant, seated(other, Some(1))).await;
    let taken = write(&tenant, |batch| batch.insert(seated(room, Some(1)))).await;
    assert!(matches!(
        taken,
        Err(CommitError::Conflict {
            write: 0,
            index: "by_seat"
        })
    ));
}

/// Checks that an update to a used key fails, and that an update to a free key succeeds.
pub async fn an_update_meets_a_taken_key(case: &Case<'_>) {
    let tenant = case.tenant();
    let ada = insert(&tenant, named("ada")).await;
    let bob = insert(&tenant, named("bob")).await;
    let rename = |to: &str| Update::of(Changes::new().set(User::external_id, to.to_owned()));
    let taken = write(&tenant, |batch| batch.update(bob.id, rename("ada"))).await;
    assert!(matches!(
        taken,
        Err(CommitError::Conflict {
            write: 0,
            index: "by_external_id"
        })
    ));
    let cleared = Update::of(Changes::new().clear(User::external_id));
    write(&tenant, |batch| batch.update(ada.id, cleared))
        .await
        .unwrap();
    write(&tenant, |batch| batch.update(bob.id, rename("ada")))
        .await
        .unwrap();
    write(&tenant, |batch| batch.update(bob.id, rename("ada")))
        .await
        .unwrap();
}

/// Checks that soft deletion does not free the key.
pub async fn a_deleted_document_keeps_its_key(case: &Case<'_>) {
    let tenant = case.tenant();
    let ada = insert(&tenant, named("ada")).await;
    write(&tenant, |batch| {
        batch.update(ada.id, Update::of(Changes::new()).deleting(None));
    })
    .await
    .unwrap();
    let second = write(&tenant, |batch| batch.insert(named("ada"))).await;
    assert!(matches!(
        second,
        Err(CommitError::Conflict {
            write: 0,
            index: "by_external_id"
        })
    ));
}

/// Checks that removal frees the key, even for a later write of the same batch.
pub async fn a_removed_document_frees_its_key(case: &Case<'_>) {
    let tenant = case.tenant();
    let ada = insert(&tenant, named("ada")).await;
    let again = write(&tenant, |batch| {
        batch.remove(ada.id, true);
        batch.insert(named("ada"))
    });
    let again = again.await.unwrap();
    assert!(tenant.get(ada.id).await.unwrap().is_none());
    assert!(tenant.get(again.id).await.unwrap().is_some());
}
