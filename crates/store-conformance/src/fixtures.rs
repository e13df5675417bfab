//! Documents of the test cases, with functions to write and read them.

use base::{Error, Id, Timestamp};

use crate::{Entry, Member, Room, User};
use store::{
    Append, AppendError, Appended, Batch, Collection, Entity, Guard, Handle, Marker, Query,
    Reaches, Scoped, Seq, TenantData, TenantStore,
};

/// Returns a document of this team.
pub fn person(team: &str) -> User {
    User {
        external_id: None,
        team: team.to_owned(),
        age: None,
        points: None,
        seen_at: None,
    }
}

/// Returns a document of this team and age.
pub fn aged(team: &str, age: i64) -> User {
    User {
        age: Some(age),
        ..person(team)
    }
}

/// Returns a document with an external id.
pub fn named(external_id: &str) -> User {
    User {
        external_id: Some(external_id.to_owned()),
        ..person("named")
    }
}

/// Returns a membership of a room.
pub fn member(room: Id<Room>, person: Id<User>) -> Member {
    let read_at = None;
    let joined_seq = None;
    let joined_at = None;
    let seat = None;
    Member {
        room,
        person,
        role: "member".to_owned(),
        read_seq: 0,
        read_at,
        joined_seq,
        joined_at,
        seat,
    }
}

/// Returns a record without a sender.
pub fn entry(room: Id<Room>, text: impl Into<String>) -> Entry {
    Entry {
        room,
        seq: Seq::Assigned,
        shown: true,
        sender: None,
        client_id: None,
        changed_seq: Seq::Assigned,
        text: text.into(),
    }
}

/// Returns a record with a retry key.
pub fn sent(room: Id<Room>, sender: Id<User>, client_id: impl Into<String>) -> Entry {
    let client_id = client_id.into();
    Entry {
        sender: Some(sender),
        client_id: Some(client_id.clone()),
        ..entry(room, client_id)
    }
}

/// Returns a guard that accepts every record and adds no writes.
pub fn anything(tenant: &TenantStore) -> Guard {
    let tenant = tenant.clone();
    Guard::new(move |_| Ok::<Batch<TenantData>, Error>(tenant.batch()))
}

/// Appends with a guard that accepts every record.
///
/// # Errors
/// Fails like [`TenantStore::append`].
pub async fn append(tenant: &TenantStore, record: Entry) -> Result<Appended<Entry>, AppendError> {
    append_guarded(tenant, record, 0, anything(tenant)).await
}

/// Appends a record with a guard, after the record that the sender saw.
///
/// # Errors
/// Fails like [`TenantStore::append`].
pub async fn append_guarded(
    tenant: &TenantStore,
    record: Entry,
    seen: i64,
    guard: Guard,
) -> Result<Appended<Entry>, AppendError> {
    let id = tenant.context().new_id();
    tenant
        .append(
            record.room,
            Append {
                id,
                record,
                seen: Some(seen),
                guard,
            },
        )
        .await
}

/// Returns the stored record, new or known.
pub fn stored(appended: Appended<Entry>) -> Entity<Entry> {
    match appended {
        Appended::New(entry) | Appended::Known(entry) => entry,
    }
}

/// Inserts a document and returns it.
pub async fn insert<C: Collection<Partition = TenantData>>(
    tenant: &TenantStore,
    doc: C,
) -> Entity<C> {
    let mut batch = tenant.batch();
    let entity = batch.insert(doc);
    tenant.commit(batch).await.unwrap();
    entity
}

/// Commits a batch with the writes that `add` adds, and returns the result of `add`.
///
/// # Errors
/// Fails like [`TenantStore::commit`].
pub async fn write<R>(
    tenant: &TenantStore,
    add: impl FnOnce(&mut Batch<TenantData>) -> R,
) -> Result<R, store::CommitError> {
    let mut batch = tenant.batch();
    let added = add(&mut batch);
    tenant.commit(batch).await.map(|()| added)
}

/// Returns all documents of a query, at most 10,000.
pub async fn all<C: Collection, S: Scoped + Reaches<C::Partition>>(
    handle: &Handle<S>,
    query: Query<C>,
) -> Vec<Entity<C>>
where
    C::Partition: Marker,
{
    handle.list(query.limit(10_000)).await.unwrap().items
}

/// Returns a complete log in order. Checks that it has no gaps and that times never decrease.
pub async fn whole_log(tenant: &TenantStore, room: Id<Room>) -> Vec<Entity<Entry>> {
    let entries = all(tenant, Entry::by_seq.eq(Entry::room, room)).await;
    let mut time = Timestamp::EPOCH;
    for (position, entry) in entries.iter().enumerate() {
        assert_eq!(
            usize::try_from(entry.seq.get()).unwrap(),
            position + 1,
            "the log has a hole or a double"
        );
        assert_eq!(
            entry.changed_seq, entry.seq,
            "a field kept the number of an earlier try"
        );
        assert!(entry.created_at >= time, "time went back in the log");
        time = entry.created_at;
    }
    entries
}
