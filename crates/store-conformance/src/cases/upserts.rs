//! Upserts: insert a document, or change the document with the same key.

use tokio::task::JoinSet;

use crate::fixtures::{all, insert, member, write};
use crate::{Case, Member};
use store::CommitError;

/// Checks that set fields are overwritten, raised fields never decrease, and other fields stay.
pub async fn the_second_changes_the_first(case: &Case<'_>) {
    let tenant = case.tenant();
    let room = tenant.context().new_id();
    let person = tenant.context().new_id();
    let at = tenant.context().now();
    let says = |role: &str, read_seq| Member {
        role: role.to_owned(),
        read_seq,
        read_at: Some(at.plus_millis(read_seq)),
        ..member(room, person)
    };
    let set = &[Member::role.name()];
    let raise = &[Member::read_seq.name(), Member::read_at.name()];
    let first = write(&tenant, |batch| {
        batch.upsert(Member::by_room, says("member", 5), set, raise)
    })
    .await
    .unwrap();
    let stored = async || {
        let mut found = all(&tenant, Member::by_room.eq(Member::room, room)).await;
        assert_eq!(found.len(), 1);
        found.pop().unwrap()
    };
    assert_eq!(stored().await.to_row(), first.to_row());
    case.world.clock.advance(9);
    write(&tenant, |batch| {
        batch.upsert(Member::by_room, says("admin", 3), set, raise)
    })
    .await
    .unwrap();
    let second = stored().await;
    assert_eq!(
        (second.id, second.version, second.updated_at),
        (first.id, 2, at.plus_millis(9))
    );
    assert_eq!(
        (
            second.doc.role.as_str(),
            second.doc.read_seq,
            second.doc.read_at
        ),
        ("admin", 5, Some(at.plus_millis(5)))
    );
    write(&tenant, |batch| {
        batch.upsert(Member::by_room, says("owner", 8), &[], raise)
    })
    .await
    .unwrap();
    let third = stored().await;
    assert_eq!(
        (third.version, third.updated_at, third.created_at),
        (2, second.updated_at, first.created_at)
    );
    assert_eq!(
        (
            third.doc.role.as_str(),
            third.doc.read_seq,
            third.doc.read_at
        ),
        ("admin", 8, Some(at.plus_millis(8)))
    );
}

/// Checks that all concurrent upserts succeed and leave one document with the highest value.
pub async fn a_race_gives_one_document(case: &Case<'_>) {
    let room = case.tenant().context().new_id();
    let person = case.tenant().context().new_id();
    let mut racers = JoinSet::new();
    for read_seq in 0..50 {
        let tenant = if read_seq % 2 == 0 {
            case.tenant()
        } else {
            case.rival()
        };
        let marked = Member {
            read_seq,
            ..member(room, person)
        };
        racers.spawn(async move {
            write(&tenant, |batch| {
                batch.upsert(Member::by_room, marked, &[], &[Member::read_seq.name()])
            })
            .await
        });
    }
    racers
        .join_all()
        .await
        .into_iter()
        .for_each(|outcome| drop(outcome.unwrap()));
    let stored = all(&case.tenant(), Member::by_room.eq(Member::room, room)).await;
    assert_eq!(
        stored
            .iter()
            .map(|member| member.doc.read_seq)
            .collect::<Vec<_>>(),
        [49]
    );
}

/// Checks that a conflict with another index is reported, for a new and for an existing document.
pub async fn another_index_is_in_the_way(case: &Case<'_>) {
    let tenant = case.tenant();
    let room = tenant.context().new_id();
    let person = tenant.context().new_id();
    let seated = |person, seat| Member {
        seat: Some(seat),
        ..member(room, person)
    };
    insert(&tenant, seated(tenant.context().new_id(), 1)).await;
    insert(&tenant, seated(person, 2)).await;
    let upsert = async |member| {
        write(&tenant, |batch| {
            batch.upsert(Member::by_room, member, &[Member::seat.name()], &[])
        })
        .await
    };
    let new = upsert(seated(tenant.context().new_id(), 1)).await;
    assert!(
        matches!(
            new,
            Err(CommitError::Conflict {
                write: 0,
                index: "by_seat"
            })
        ),
        "{new:?}"
    );
    let present = upsert(seated(person, 1)).await;
    assert!(
        matches!(
            present,
            Err(CommitError::Conflict {
                write: 0,
                index: "by_seat"
            })
        ),
        "{present:?}"
    );
    upsert(seated(person, 3)).await.unwrap();
}
