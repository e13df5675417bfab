//! Documents with a due time for jobs, and the agenda of the process that writes them.

use base::Timestamp;

use crate::fixtures::{anything, entry, insert, write};
use crate::{Case, Errand};
use store::{Append, Changes, Entity, Guard, Update};

async fn errand(case: &Case<'_>, in_millis: Option<i64>) -> Entity<Errand> {
    insert(&case.tenant(), wanted(case, in_millis)).await
}

fn wanted(case: &Case<'_>, in_millis: Option<i64>) -> Errand {
    let due_at = in_millis.map(|millis| case.tenant().context().now().plus_millis(millis));
    Errand {
        what: "fetch".to_owned(),
        due_at,
    }
}

/// Checks that jobs find the due documents of all tenants of a partition, and no others. A
/// rescheduled document is found later.
pub async fn the_due_are_found_earliest_first(case: &Case<'_>) {
    let tenant = case.tenant();
    let later = errand(case, Some(300)).await;
    let soon = errand(case, Some(100)).await;
    errand(case, Some(100_000)).await;
    errand(case, None).await;
    case.world.clock.advance(300);
    let due = |limit| case.world.store.due::<Errand>(case.partition(), limit);
    assert_eq!(
        due(10).await.unwrap(),
        [(tenant.id(), soon.id), (tenant.id(), later.id)]
    );
    assert_eq!(due(1).await.unwrap(), [(tenant.id(), soon.id)]);
    assert!(
        tenant.get(soon.id).await.unwrap().is_some(),
        "what is due is not gone"
    );
    let put_off = Changes::new().set(
        Errand::due_at,
        case.world.store.context().now().plus_millis(500),
    );
    write(&tenant, |batch| batch.update(soon.id, Update::of(put_off)))
        .await
        .unwrap();
    assert_eq!(due(10).await.unwrap(), [(tenant.id(), later.id)]);
    write(&tenant, |batch| {
        batch.update(later.id, Update::of(Changes::new().clear(Errand::due_at)));
    })
    .await
    .unwrap();
    assert_eq!(due(10).await.unwrap(), []);
    case.world.clock.advance(500);
    assert_eq!(due(10).await.unwrap(), [(tenant.id(), soon.id)]);
}

/// Checks that the agenda of a process has the due documents that it writes: in a commit, by an
/// update, and in the commit of a record.
pub async fn what_a_process_writes_is_on_its_agenda(case: &Case<'_>) {
    let tenant = case.tenant();
    let store = &case.world.store;
    let agenda = store.agenda::<Errand>();
    let next_partition = async || agenda.next(store.context()).await;
    let written = errand(case, Some(0)).await;
    assert_eq!(next_partition().await, case.partition());
    let again = Changes::new().set(Errand::due_at, Timestamp::EPOCH);
    write(&tenant, |batch| batch.update(written.id, Update::of(again)))
        .await
        .unwrap();
    assert_eq!(next_partition().await, case.partition());
    let room = tenant.context().new_id();
    let handle = tenant.clone();
    let other = wanted(case, Some(0));
    let guard = Guard::new(move |_| {
        let mut batch = handle.batch();
        batch.insert(other.clone());
        Ok(batch)
    });
    let id = tenant.context().new_id();
    tenant
        .append(
            room,
            Append {
                id,
                record: entry(room, "hi"),
                seen: Some(0),
                guard,
            },
        )
        .await
        .unwrap();
    assert_eq!(next_partition().await, case.partition());
    let nothing = Append {
        id: tenant.context().new_id(),
        record: entry(room, "ho"),
        seen: Some(0),
        guard: anything(&tenant),
    };
    tenant.append(room, nothing).await.unwrap();
    let waited = tokio::time::timeout(std::time::Duration::from_millis(20), next_partition()).await;
    assert!(waited.is_err(), "no work was written");
}
