//! Change events. They may arrive twice, and late events of another tenant may arrive too.

use crate::fixtures::{append, append_guarded, entry, insert, member, named, person, write};
use crate::{Case, Entry, User};
use store::{ChangeEvent, Collection, Guard};

/// Checks that the events of a log have its head and newest records, of which the last is the
/// head.
pub async fn a_growing_log_is_told(case: &Case<'_>) {
    let tenant = case.tenant();
    let room = tenant.context().new_id();
    let mut hints = case.world.store.watch();
    for text in ["one", "two"] {
        append(&tenant, entry(room, text)).await.unwrap();
    }
    let mut events = Vec::new();
    while events.last() != Some(&2) {
        let hint = hints.recv().await.unwrap();
        let ChangeEvent::LogAppended {
            tenant: owner,
            declaration,
            log,
            head,
            ref rows,
        } = *hint
        else {
            continue;
        };
        if owner != tenant.id() {
            continue;
        }
        assert_eq!(
            (declaration.name, log),
            (Entry::DECLARATION.name, room.object_id())
        );
        if let Some(row) = rows.last() {
            assert_eq!(row.read(Entry::seq).map(store::Seq::get), Some(head));
        }
        events.push(head);
    }
    assert!(events.is_sorted());
}

/// Checks that a watched write is published after it is stored, alone and in the commit of a
/// record. An unwatched write is not published.
pub async fn a_watched_write_is_told(case: &Case<'_>) {
    let tenant = case.tenant();
    let room = tenant.context().new_id();
    let mut hints = case.world.store.watch();
    insert(&tenant, member(room, tenant.context().new_id())).await;
    let alone = insert(&tenant, person("red")).await;
    let accompanying = tenant.context().new_id::<User>();
    let owner = tenant.clone();
    let guard = Guard::new(move |_| {
        let mut batch = owner.batch();
        batch.insert_as(accompanying, person("red"));
        Ok(batch)
    });
    append_guarded(&tenant, entry(room, "joined"), 0, guard)
        .await
        .unwrap();
    let mut events = Vec::new();
    while events.last() != Some(&accompanying.object_id()) {
        let ChangeEvent::DocumentChanged {
            tenant: owner,
            declaration,
            id,
            ..
        } = *hints.recv().await.unwrap()
        else {
            continue;
        };
        if owner != Some(tenant.id()) {
            continue;
        }
        assert_eq!(declaration.name, User::DECLARATION.name);
        assert!(
            tenant
                .get(base::Id::<User>::new(id))
                .await
                .unwrap()
                .is_some(),
            "told before it stood"
        );
        events.push(id);
    }
    events.dedup();
    assert_eq!(events, [alone.id.object_id(), accompanying.object_id()]);
}

/// Checks that a failed write publishes no event.
pub async fn a_failed_write_is_not_told(case: &Case<'_>) {
    let tenant = case.tenant();
    insert(&tenant, named("ada")).await;
    let mut hints = case.world.store.watch();
    assert!(
        write(&tenant, |batch| batch.insert(named("ada")))
            .await
            .is_err()
    );
    let last = insert(&tenant, named("bob")).await;
    loop {
        let ChangeEvent::DocumentChanged {
            tenant: owner, id, ..
        } = *hints.recv().await.unwrap()
        else {
            continue;
        };
        if owner != Some(tenant.id()) {
            continue;
        }
        assert!(
            tenant
                .get(base::Id::<User>::new(id))
                .await
                .unwrap()
                .is_some()
        );
        if id == last.id.object_id() {
            break;
        }
    }
}
