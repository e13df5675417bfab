//! Guards: a record is authorized against the head that it is appended to.

use base::{Error, ErrorCode};
use tokio::task::JoinSet;

use crate::fixtures::{all, append, append_guarded, entry, insert, member, stored, whole_log};
use crate::{Case, Entry, Member, Room};
use store::{AppendError, Appended, Changes, Guard, Row, Seq, TenantStore, Update};

/// Returns the texts of the records that the guard receives.
fn texts(since: &mut dyn Iterator<Item = &Row>) -> Vec<String> {
    since.filter_map(|row| row.read(Entry::text)).collect()
}

/// Creates a guard that rejects the record if a removal was appended since.
pub fn unless_removed(tenant: &TenantStore) -> Guard {
    let tenant = tenant.clone();
    Guard::new(move |since| {
        let removed = texts(since).iter().any(|text| text == "removed");
        if removed {
            Err(Error::new(ErrorCode::NotAParticipant, "removed"))
        } else {
            Ok(tenant.batch())
        }
    })
}

/// Checks that a guard receives exactly the records after the one that the sender saw, in order.
pub async fn a_guard_sees_what_came_since(case: &Case<'_>) {
    let tenant = case.tenant();
    let room = tenant.context().new_id();
    for text in ["one", "two", "three"] {
        append(&tenant, entry(room, text)).await.unwrap();
    }
    for (seen, expected) in [
        (0, vec!["one", "two", "three"]),
        (1, vec!["two", "three"]),
        (3, vec![]),
    ] {
        for tenant in [case.tenant(), case.rival()] {
            let guard = Guard::new(move |since| {
                Err(Error::new(ErrorCode::Forbidden, texts(since).join(" ")))
            });
            let refused = append_guarded(&tenant, entry(room, "never"), seen, guard).await;
            let Err(AppendError::Refused(failure)) = refused else {
                panic!("{refused:?}")
            };
            assert_eq!(failure.detail, expected.join(" "));
        }
    }
    assert_eq!(whole_log(&tenant, room).await.len(), 3);
}

/// Checks that no record follows a concurrent removal, in one batch or in several.
pub async fn none_stands_after_a_removal(case: &Case<'_>) {
    let tenant = case.tenant();
    let room = tenant.context().new_id();
    let mut racers = JoinSet::new();
    for text in 0..60 {
        let tenant = tenant.clone();
        racers.spawn(async move {
            let text = if text == 30 {
                "removed".to_owned()
            } else {
                text.to_string()
            };
            append_guarded(&tenant, entry(room, text), 0, unless_removed(&tenant)).await
        });
    }
    let mut stood = 0;
    for outcome in racers.join_all().await {
        match outcome {
            Ok(Appended::New(_)) => stood += 1,
            Err(AppendError::Refused(failure)) => {
                assert_eq!(failure.code, ErrorCode::NotAParticipant);
            }
            other => panic!("{other:?}"),
        }
    }
    let stored = whole_log(&tenant, room).await;
    assert_eq!(
        (stored.len(), stored.last().unwrap().doc.text.as_str()),
        (stood, "removed")
    );
}

/// Checks that an append fails with [`AppendError::Behind`] if more records were written than a
/// guard receives. The caller must then read again.
pub async fn a_guard_far_behind_looks_again(case: &Case<'_>) {
    let tenant = case.tenant();
    let room = tenant.context().new_id();
    let mut senders = JoinSet::new();
    for text in 0..1_001 {
        let tenant = tenant.clone();
        senders.spawn(async move {
            append_guarded(
                &tenant,
                entry(room, text.to_string()),
                0,
                crate::fixtures::anything(&tenant),
            )
            .await
        });
        if text % 500 == 499 {
            while senders.join_next().await.is_some() {}
        }
    }
    senders
        .join_all()
        .await
        .into_iter()
        .for_each(|outcome| drop(outcome.unwrap()));
    for tenant in [case.tenant(), case.rival()] {
        let late = append_guarded(&tenant, entry(room, "late"), 0, unless_removed(&tenant)).await;
        assert!(matches!(late, Err(AppendError::Behind)), "{late:?}");
    }
    append_guarded(&tenant, entry(room, "in time"), 1, unless_removed(&tenant))
        .await
        .unwrap();
    assert_eq!(whole_log(&tenant, room).await.len(), 1_002);
}

fn joins(tenant: &TenantStore, room: base::Id<Room>, person: base::Id<crate::User>) -> Guard {
    let tenant = tenant.clone();
    Guard::new(move |_| {
        let mut batch = tenant.batch();
        let joined = batch.insert(Member {
            joined_seq: Some(Seq::Assigned),
            ..member(room, person)
        });
        batch.update(
            joined.id,
            Update::of(Changes::new().set_time(Member::joined_at)),
        );
        Ok(batch)
    })
}

/// Checks that writes in the commit of a record get its sequence number and time.
pub async fn writes_beside_a_record_get_its_number(case: &Case<'_>) {
    let tenant = case.tenant();
    let room = tenant.context().new_id();
    let mut senders = JoinSet::new();
    for _ in 0..30 {
        let person = tenant.context().new_id();
        let tenant = tenant.clone();
        senders.spawn(async move {
            let record = Entry {
                sender: Some(person),
                ..entry(room, "joined")
            };
            stored(
                append_guarded(&tenant, record, 0, joins(&tenant, room, person))
                    .await
                    .unwrap(),
            )
        });
    }
    senders.join_all().await;
    let members = all(&tenant, Member::by_room.eq(Member::room, room)).await;
    assert_eq!(members.len(), 30);
    for entry in whole_log(&tenant, room).await {
        let joined = members
            .iter()
            .find(|member| Some(member.doc.person) == entry.doc.sender)
            .unwrap();
        assert_eq!(
            (joined.doc.joined_seq, joined.doc.joined_at),
            (Some(entry.seq), Some(entry.created_at))
        );
    }
}

/// Checks that a failing write rejects its record. The other records of the batch are stored
/// without a gap.
pub async fn a_failing_write_beside_keeps_the_record_out(case: &Case<'_>) {
    let tenant = case.tenant();
    let room = tenant.context().new_id();
    let taken = tenant.context().new_id();
    insert(&tenant, member(room, taken)).await;
    let mut senders = JoinSet::new();
    for position in 0..30 {
        let tenant = tenant.clone();
        let person = if position % 10 == 3 {
            taken
        } else {
            tenant.context().new_id()
        };
        senders.spawn(async move {
            let outcome = append_guarded(
                &tenant,
                entry(room, "joined"),
                0,
                joins(&tenant, room, person),
            )
            .await;
            match outcome {
                Err(AppendError::Conflict {
                    collection: "proof_members",
                    index: "by_room",
                }) => {
                    assert_eq!(person, taken);
                }
                Ok(Appended::New(_)) => assert_ne!(person, taken),
                other => panic!("{other:?}"),
            }
        });
    }
    senders.join_all().await;
    assert_eq!(whole_log(&tenant, room).await.len(), 27);
    assert_eq!(
        all(&tenant, Member::by_room.eq(Member::room, room))
            .await
            .len(),
        28
    );
}
