//! Hints.

use super::people::{append, append_guarded, entry, insert, member, person, write};
use crate::proof::{Case, Entry, Member};
use crate::{Collection, Guard, Hint};

/// With its head and newest records, the last one being the head.
pub async fn a_growing_log_is_told(case: &Case<'_>) {
    let tenant = case.tenant();
    let (room, mut hints) = (tenant.context().new_id(), case.world.store.watch());
    for text in ["one", "two"] {
        append(&tenant, entry(room, text)).await.unwrap();
    }
    let mut told = Vec::new();
    while told.last() != Some(&2) {
        let Hint::Grew { tenant: whose, declaration, log, head, rows } = hints.recv().await.unwrap() else { continue };
        assert_eq!((whose, declaration.name, log), (tenant.id(), Entry::DECLARATION.name, room.object_id()));
        if let Some(row) = rows.last() {
            assert_eq!(row.read(Entry::seq).map(crate::Seq::get), Some(head));
        }
        told.push(head);
    }
    assert!(told.is_sorted());
}

/// Once it stands: by itself and beside a record; what is not watched is not.
pub async fn a_watched_write_is_told(case: &Case<'_>) {
    let tenant = case.tenant();
    let (room, mut hints) = (tenant.context().new_id(), case.world.store.watch());
    insert(&tenant, person("red")).await;
    let alone = insert(&tenant, member(room, tenant.context().new_id())).await;
    let (beside, owner) = (tenant.context().new_id::<Member>(), tenant.clone());
    let guard = Guard::new(move |_| {
        let mut batch = owner.batch();
        batch.insert_as(beside, member(room, owner.context().new_id()));
        Ok(batch)
    });
    append_guarded(&tenant, entry(room, "joined"), 0, guard).await.unwrap();
    let mut told = Vec::new();
    while told.last() != Some(&beside.object_id()) {
        let Hint::Written { tenant: whose, declaration, id, .. } = hints.recv().await.unwrap() else { continue };
        if declaration.name == Member::DECLARATION.name {
            assert_eq!(whose, Some(tenant.id()));
            assert!(tenant.get(base::Id::<Member>::new(id)).await.unwrap().is_some(), "told before it stood");
            told.push(id);
        }
        assert_ne!(declaration.name, crate::proof::Person::DECLARATION.name);
    }
    // An engine that tells what was written may tell of our own writes again.
    told.dedup();
    assert_eq!(told, [alone.id.object_id(), beside.object_id()]);
}

/// Nothing was written, so nothing is told.
pub async fn a_failed_write_is_not_told(case: &Case<'_>) {
    let tenant = case.tenant();
    let (room, taken) = (tenant.context().new_id(), tenant.context().new_id());
    insert(&tenant, member(room, taken)).await;
    let mut hints = case.world.store.watch();
    let failed = write(&tenant, |batch| batch.insert(member(room, taken))).await;
    assert!(failed.is_err());
    let last = insert(&tenant, member(room, tenant.context().new_id())).await;
    loop {
        let Hint::Written { id, .. } = hints.recv().await.unwrap() else { continue };
        assert!(tenant.get(base::Id::<Member>::new(id)).await.unwrap().is_some());
        if id == last.id.object_id() {
            break;
        }
    }
}
