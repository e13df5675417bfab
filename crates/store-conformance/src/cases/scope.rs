//! Tenant isolation: a tenant never reads or changes the documents of another tenant.

use base::Timestamp;

use crate::fixtures::{all, append, entry, insert, named, person, write};
use crate::{Case, Entry, Operator, User};
use store::{Changes, CommitError, Update};

/// Checks reads by id, lists and counts.
pub async fn anothers_document_is_not_there(case: &Case<'_>) {
    let tenant = case.tenant();
    let stranger = case.stranger();
    let theirs = insert(&tenant, person("red")).await;
    insert(&stranger, person("blue")).await;
    assert!(stranger.get(theirs.id).await.unwrap().is_none());
    assert!(
        stranger
            .get_many_with_deleted(&[theirs.id])
            .await
            .unwrap()
            .is_empty()
    );
    let red = || User::by_team.eq(User::team, "red".to_owned());
    assert!(all(&stranger, red()).await.is_empty());
    assert_eq!(stranger.count(red(), 10).await.unwrap(), 0);
    assert_eq!(all(&stranger, User::by_team.all()).await.len(), 1);
    assert!(tenant.get(theirs.id).await.unwrap().is_some());
}

/// Checks that writes find no document to change.
pub async fn anothers_document_cannot_be_written(case: &Case<'_>) {
    let tenant = case.tenant();
    let stranger = case.stranger();
    let theirs = insert(&tenant, person("red")).await;
    let change = Update::of(Changes::new().set(User::team, "blue".to_owned()));
    let updated = write(&stranger, |batch| batch.update(theirs.id, change)).await;
    assert!(matches!(
        updated,
        Err(CommitError::PreconditionFailed {
            write: 0,
            current: None
        })
    ));
    let added = write(&stranger, |batch| {
        batch.increment(theirs.id, User::points, 1, None);
    })
    .await;
    assert!(matches!(
        added,
        Err(CommitError::PreconditionFailed {
            write: 0,
            current: None
        })
    ));
    let removed = write(&stranger, |batch| batch.remove(theirs.id, true)).await;
    assert!(matches!(
        removed,
        Err(CommitError::PreconditionFailed {
            write: 0,
            current: None
        })
    ));
    write(&stranger, |batch| batch.remove(theirs.id, false))
        .await
        .unwrap();
    write(&stranger, |batch| {
        batch.raise(theirs.id, User::seen_at, Timestamp::from_millis(9));
    })
    .await
    .unwrap();
    let still = tenant.get(theirs.id).await.unwrap().unwrap();
    assert_eq!(still.to_row(), theirs.to_row());
}

/// Checks that two tenants can use the same external id.
pub async fn keys_are_unique_per_tenant(case: &Case<'_>) {
    let tenant = case.tenant();
    let stranger = case.stranger();
    let mine = insert(&tenant, named("ada")).await;
    let theirs = insert(&stranger, named("ada")).await;
    let ada = || User::by_external_id.eq(User::external_id, "ada".to_owned());
    assert_eq!(tenant.find(ada()).await.unwrap().unwrap().id, mine.id);
    assert_eq!(stranger.find(ada()).await.unwrap().unwrap().id, theirs.id);
}

/// Checks that a tenant reads neither the records nor the head of another tenant's log. A log with
/// the same id is a separate log.
pub async fn anothers_log_is_not_there(case: &Case<'_>) {
    let tenant = case.tenant();
    let stranger = case.stranger();
    let room = tenant.context().new_id();
    append(&tenant, entry(room, "mine")).await.unwrap();
    append(&tenant, entry(room, "mine too")).await.unwrap();
    assert!(stranger.heads::<Entry>(&[room]).await.unwrap().is_empty());
    append(&stranger, entry(room, "theirs")).await.unwrap();
    let texts = |entries: Vec<store::Entity<Entry>>| {
        entries
            .into_iter()
            .map(|entry| entry.doc.text)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        texts(crate::fixtures::whole_log(&stranger, room).await),
        ["theirs"]
    );
    assert_eq!(
        texts(crate::fixtures::whole_log(&tenant, room).await),
        ["mine", "mine too"]
    );
}

/// Checks that documents of the platform need no tenant.
pub async fn the_platform_has_its_own_documents(case: &Case<'_>) {
    let platform = case.world.store.platform();
    let email = format!("{}@example.org", case.tenant().id());
    let mut batch = platform.batch();
    let operator = batch.insert(Operator {
        email: Some(email.clone()),
        name: "Olga".to_owned(),
    });
    platform.commit(batch).await.unwrap();
    let found = platform
        .find(Operator::by_email.eq(Operator::email, email.clone()))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(found.to_row(), operator.to_row());
    let mut batch = platform.batch();
    batch.insert(Operator {
        email: Some(email),
        name: "Otto".to_owned(),
    });
    assert!(matches!(
        platform.commit(batch).await,
        Err(CommitError::Conflict {
            write: 0,
            index: "by_email"
        })
    ));
}
