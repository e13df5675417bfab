use base::{Error, ErrorCode, Id};

use super::pair::Pair;
use super::table::Table;
use crate::fixtures::{entry, member};
use crate::rng::Rng;
use crate::{Entry, Member, Room, User};
use store::{
    Append, AppendError, Appended, Batch, Changes, Guard, Row, Seq, TenantData, TenantStore, Update,
};

/// Additional write in the commit of a record.
#[derive(Debug, Clone)]
enum GuardWrites {
    Nothing,
    /// With an id from the random generator: one of the two engines may call the guard more often.
    Member(Id<Member>, Id<User>),
    Count(Id<User>),
    Version(Id<User>, i64),
    Wipe(Id<Entry>),
}

/// Outcome of an append, as far as engines must agree on it.
#[derive(Debug, PartialEq)]
enum Outcome {
    New(Row),
    Known(Row),
    Refused(String),
    Conflict(&'static str, &'static str),
    Stale(Option<i64>),
    Exceeded,
}

impl Pair {
    pub(super) async fn append(&mut self, dice: &Rng, table: &mut Table) {
        let room = self.room(dice);
        let text = if dice.once_in(8) {
            "closed".to_owned()
        } else {
            dice.word(9)
        };
        let mut record = Entry {
            shown: !dice.once_in(4),
            sender: dice.maybe(self.face(dice)),
            ..entry(room, text)
        };
        record.client_id = record.sender.and_then(|_| dice.maybe(dice.word(3)));
        let writes = match dice.below(8) {
            0 => GuardWrites::Member(Id::new(dice.id()), self.face(dice)),
            1 => GuardWrites::Count(self.someone(dice)),
            2 => GuardWrites::Version(self.someone(dice), dice.number(1..3)),
            3 => GuardWrites::Wipe(dice.pick(&self.entries).unwrap()),
            _ => GuardWrites::Nothing,
        };
        let seen = self.seen(dice, room).await;
        let outcome = self.both((&record, &writes, seen), async |tenant| {
            let id = tenant.context().new_id();
            let guard = guard(tenant, &record, writes.clone());
            outcome(
                tenant
                    .append(
                        room,
                        Append {
                            id,
                            record: record.clone(),
                            seen: Some(seen),
                            guard,
                        },
                    )
                    .await,
            )
        });
        match outcome.await {
            Outcome::New(row) => {
                self.entries.push(Id::new(row.id));
                table.saw("append", "ok");
            }
            Outcome::Known(_) => table.saw("append", "known"),
            Outcome::Refused(_) => table.saw("append", "refused"),
            Outcome::Conflict(..) => table.saw("append", "conflict"),
            Outcome::Stale(_) => table.saw("append", "stale"),
            Outcome::Exceeded => table.saw("append", "exceeded"),
        }
    }

    /// Returns the sequence number that the sender has seen: mostly the head, sometimes an earlier
    /// one.
    async fn seen(&self, dice: &Rng, room: Id<Room>) -> i64 {
        let heads = self
            .both("heads", async |tenant| {
                tenant.heads::<Entry>(&[room]).await.unwrap()
            })
            .await;
        let head = heads.first().map_or(0, |head| head.seq);
        if dice.once_in(3) {
            dice.number(0..head + 1)
        } else {
            head
        }
    }
}

/// Creates a guard that rejects the record if the log was closed since.
fn guard(tenant: &TenantStore, record: &Entry, writes: GuardWrites) -> Guard {
    let tenant = tenant.clone();
    let room = record.room;
    Guard::new(move |since| {
        let texts: Vec<_> = since.filter_map(|row| row.read(Entry::text)).collect();
        if texts.iter().any(|text| text == "closed") {
            return Err(Error::new(ErrorCode::Forbidden, texts.join(" ")));
        }
        let mut batch = tenant.batch();
        add_guard_writes(&mut batch, room, &writes);
        Ok(batch)
    })
}

fn add_guard_writes(batch: &mut Batch<TenantData>, room: Id<Room>, writes: &GuardWrites) {
    match writes {
        GuardWrites::Nothing => {}
        GuardWrites::Member(id, person) => {
            batch.insert_as(
                *id,
                Member {
                    joined_seq: Some(Seq::Assigned),
                    ..member(room, *person)
                },
            );
        }
        GuardWrites::Count(person) => batch.increment(*person, User::points, 2, Some(3)),
        GuardWrites::Version(person, version) => {
            batch.update(
                *person,
                Update::of(Changes::new()).expecting_version(*version),
            );
        }
        GuardWrites::Wipe(entry) => {
            let wiped = Changes::new()
                .set(Entry::text, String::new())
                .set(Entry::changed_seq, Seq::Assigned);
            let update = Update::of(wiped).deleting(None);
            batch.update(*entry, update);
        }
    }
}

fn outcome(appended: Result<Appended<Entry>, AppendError>) -> Outcome {
    match appended {
        Ok(Appended::New(entry)) => Outcome::New(entry.to_row()),
        Ok(Appended::Known(entry)) => Outcome::Known(entry.to_row()),
        Err(AppendError::Refused(failure)) => Outcome::Refused(failure.to_string()),
        Err(AppendError::Conflict { collection, index }) => Outcome::Conflict(collection, index),
        Err(AppendError::PreconditionFailed { current }) => Outcome::Stale(current),
        Err(AppendError::LimitExceeded) => Outcome::Exceeded,
        Err(error) => panic!("the engine failed: {error:?}"),
    }
}
