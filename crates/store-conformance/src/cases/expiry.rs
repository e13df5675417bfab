//! Expiry: reads filter documents by the clock of the store.

use crate::fixtures::{all, insert, write};
use crate::{Case, Typing, Voucher};
use store::CommitError;

async fn voucher(case: &Case<'_>, code: &str, in_millis: Option<i64>) -> store::Entity<Voucher> {
    let tenant = case.tenant();
    let expires_at = in_millis.map(|millis| tenant.context().now().plus_millis(millis));
    insert(
        &tenant,
        Voucher {
            code: code.to_owned(),
            expires_at,
        },
    )
    .await
}

/// Checks that no read returns an expired document, which keeps its key until it is removed.
pub async fn an_expired_document_is_not_seen(case: &Case<'_>) {
    let tenant = case.tenant();
    let soon = voucher(case, "soon", Some(1_000)).await;
    voucher(case, "later", Some(2_000)).await;
    voucher(case, "never", None).await;
    case.world.clock.advance(999);
    assert!(tenant.get(soon.id).await.unwrap().is_some());
    case.world.clock.advance(1);
    assert!(tenant.get(soon.id).await.unwrap().is_none());
    assert!(
        tenant
            .get_many_with_deleted(&[soon.id])
            .await
            .unwrap()
            .is_empty()
    );
    assert_eq!(all(&tenant, Voucher::by_code.all()).await.len(), 2);
    assert_eq!(tenant.count(Voucher::by_code.all(), 10).await.unwrap(), 2);
    let again = Voucher {
        code: "soon".to_owned(),
        expires_at: None,
    };
    let taken = write(&tenant, |batch| batch.insert(again.clone())).await;
    assert!(matches!(
        taken,
        Err(CommitError::Conflict {
            write: 0,
            index: "by_code"
        })
    ));
    let replaced = write(&tenant, |batch| {
        batch.remove(soon.id, true);
        batch.insert(again)
    });
    replaced.await.unwrap();
}

/// Checks that jobs find the expired documents of all tenants of a partition, and no others.
pub async fn the_expired_are_found_earliest_first(case: &Case<'_>) {
    let tenant = case.tenant();
    let later = voucher(case, "later", Some(300)).await;
    let soon = voucher(case, "soon", Some(100)).await;
    voucher(case, "tomorrow", Some(100_000)).await;
    voucher(case, "never", None).await;
    case.world.clock.advance(300);
    let expired = |limit| case.world.store.expired::<Voucher>(case.partition(), limit);
    assert_eq!(
        expired(10).await.unwrap(),
        [(tenant.id(), soon.id), (tenant.id(), later.id)]
    );
    assert_eq!(expired(1).await.unwrap(), [(tenant.id(), soon.id)]);
    write(&tenant, |batch| batch.remove(soon.id, true))
        .await
        .unwrap();
    assert_eq!(expired(1).await.unwrap(), [(tenant.id(), later.id)]);
    write(&tenant, |batch| batch.remove(later.id, true))
        .await
        .unwrap();
    assert_eq!(expired(10).await.unwrap(), []);
}

/// Checks that ephemeral documents are read and expire like durable ones.
pub async fn an_ephemeral_document_expires(case: &Case<'_>) {
    let tenant = case.tenant();
    let room = tenant.context().new_id();
    let person = tenant.context().new_id();
    let renew = async || {
        let mut batch = tenant.ephemeral_batch();
        let expires_at = batch.now().plus_millis(100);
        batch.upsert(
            Typing::by_room,
            Typing {
                room,
                person,
                expires_at,
            },
            &[Typing::expires_at.name()],
            &[],
        );
        tenant.commit(batch).await.unwrap();
    };
    let typing = async || {
        all(&tenant, Typing::by_room.eq(Typing::room, room))
            .await
            .len()
    };
    renew().await;
    case.world.clock.advance(60);
    renew().await;
    case.world.clock.advance(60);
    assert_eq!(typing().await, 1);
    case.world.clock.advance(40);
    assert_eq!(typing().await, 0);
    renew().await;
    assert_eq!(typing().await, 1);
}
