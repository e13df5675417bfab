use base::{ObjectId, Timestamp};

use super::pair::Pair;
use super::table::Table;
use crate::fixtures::member;
use crate::rng::Rng;
use crate::{Errand, Member, Sample, User, Voucher};
use store::{Batch, Changes, CommitError, Json, JsonText, RawJson, TenantData, Update};

type Add = dyn Fn(&mut Batch<TenantData>) -> Option<Written> + Send + Sync;

/// Write that can be added to several batches.
struct Draft {
    verb: &'static str,
    add: Box<Add>,
}

/// New document that later operations read.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Written {
    User(ObjectId),
    Voucher(ObjectId),
}

/// Outcome of a batch, as far as engines must agree on it.
#[derive(Debug, PartialEq)]
enum Outcome {
    Done(Vec<Written>),
    /// If several indexes are violated, an engine may name any of them.
    Conflict(usize),
    Stale(usize, Option<i64>),
    Exceeded(usize),
}

impl Pair {
    pub(super) async fn commit(&mut self, dice: &Rng, table: &mut Table) {
        let drafts: Vec<_> = (0..=dice.below(4)).map(|_| self.draft(dice)).collect();
        let verbs: Vec<_> = drafts.iter().map(|draft| draft.verb).collect();
        let outcome = self.both(&verbs, async |tenant| {
            let mut batch = tenant.batch();
            let written = drafts
                .iter()
                .filter_map(|draft| (draft.add)(&mut batch))
                .collect();
            outcome(tenant.commit(batch).await, written)
        });
        match outcome.await {
            Outcome::Done(written) => {
                verbs.iter().for_each(|verb| table.saw(verb, "ok"));
                written
                    .into_iter()
                    .for_each(|written| self.remember(written));
            }
            Outcome::Conflict(write) => table.saw(verbs[write], "conflict"),
            Outcome::Stale(write, _) => table.saw(verbs[write], "stale"),
            Outcome::Exceeded(write) => table.saw(verbs[write], "exceeded"),
        }
    }

    fn remember(&mut self, written: Written) {
        match written {
            Written::User(id) => self.people.push(base::Id::new(id)),
            Written::Voucher(id) => self.vouchers.push(base::Id::new(id)),
        }
    }

    fn draft(&self, dice: &Rng) -> Draft {
        match dice.below(17) {
            0..3 => insert_person(dice),
            3 => insert_voucher(dice, self.engine.context().now()),
            4 => self.insert_member(dice),
            5 => insert_sample(dice),
            6..9 => self.update_person(dice),
            9..12 => self.upsert(dice),
            12 => self.increment(dice),
            13 => self.raise(dice),
            14 if dice.once_in(2) => self.delete_range(dice),
            14 => self.remove_person(dice),
            15 => insert_errand(dice, self.engine.context().now()),
            _ => self.remove_voucher(dice),
        }
    }

    fn insert_member(&self, dice: &Rng) -> Draft {
        let member = self.member(dice);
        draft("insert", move |batch| {
            batch.insert(member.clone());
            None
        })
    }

    fn member(&self, dice: &Rng) -> Member {
        let read_at = dice.maybe(Timestamp::from_millis(dice.number(0..9)));
        let role = dice.word(2);
        let read_seq = dice.number(0..9);
        let seat = dice.maybe(dice.number(0..4));
        Member {
            role,
            read_seq,
            read_at,
            seat,
            ..member(self.room(dice), self.face(dice))
        }
    }

    fn update_person(&self, dice: &Rng) -> Draft {
        let id = self.someone(dice);
        let changes = match dice.below(4) {
            0 => Changes::new().put(User::external_id, dice.maybe(dice.word(12))),
            1 => Changes::new()
                .put(User::age, dice.maybe(dice.number(-3..6)))
                .set(User::team, dice.word(3)),
            2 => Changes::new().clear(User::points).clear(User::seen_at),
            _ => Changes::new(),
        };
        let update = match dice.below(8) {
            0 | 1 => Update::of(changes).expecting_version(dice.number(1..4)),
            2 => Update::of(changes).expecting(User::age, dice.maybe(dice.number(-3..6))),
            3 => Update::of(changes).deleting(dice.maybe(self.face(dice).object_id())),
            4 => Update::of(changes).restoring(),
            5 => Update::of(changes).quietly(),
            _ => Update::of(changes),
        };
        draft("update", move |batch| {
            batch.update(id, update.clone());
            None
        })
    }

    fn upsert(&self, dice: &Rng) -> Draft {
        let member = self.member(dice);
        let set: &[&str] = dice
            .pick(&[&[][..], &["role"][..], &["role", "seat"][..]])
            .unwrap_or_default();
        let raise: &[&str] = dice
            .pick(&[&["read_seq"][..], &["read_seq", "read_at"][..]])
            .unwrap_or_default();
        draft("upsert", move |batch| {
            batch.upsert(Member::by_room, member.clone(), set, raise);
            None
        })
    }

    fn increment(&self, dice: &Rng) -> Draft {
        let id = self.someone(dice);
        let by = dice.number(-2..5);
        let bound = dice.maybe(dice.number(0..6));
        draft("increment", move |batch| {
            batch.increment(id, User::points, by, bound);
            None
        })
    }

    fn raise(&self, dice: &Rng) -> Draft {
        let id = self.someone(dice);
        let to = dice.number(0..9);
        let time = dice.once_in(2);
        draft("raise", move |batch| {
            if time {
                batch.raise(id, User::seen_at, Timestamp::from_millis(to));
            } else {
                batch.raise(id, User::points, to);
            }
            None
        })
    }

    fn remove_person(&self, dice: &Rng) -> Draft {
        let id = self.someone(dice);
        let required = dice.once_in(2);
        draft("remove", move |batch| {
            batch.remove(id, required);
            None
        })
    }

    fn delete_range(&self, dice: &Rng) -> Draft {
        let room = self.room(dice);
        let from = dice.maybe(dice.number(0..9));
        let most = 1 + dice.below(3);
        let age = dice.maybe(dice.number(-3..6));
        let team = dice.word(3);
        let people = dice.once_in(3);
        draft("delete_range", move |batch| {
            if people {
                let team = User::by_team.eq(User::team, team.clone());
                batch.delete_range(match age {
                    Some(age) => team.above(User::age, age).limit(most),
                    None => team.limit(most),
                });
            } else {
                let members = Member::by_seat.eq(Member::room, room);
                batch.delete_range(match from {
                    Some(seat) => members.below(Member::seat, seat).limit(most),
                    None => members.limit(most),
                });
            }
            None
        })
    }

    fn remove_voucher(&self, dice: &Rng) -> Draft {
        let id = dice.pick(&self.vouchers).unwrap();
        let required = dice.once_in(2);
        draft("remove", move |batch| {
            batch.remove(id, required);
            None
        })
    }
}

fn draft(
    verb: &'static str,
    add: impl Fn(&mut Batch<TenantData>) -> Option<Written> + Send + Sync + 'static,
) -> Draft {
    Draft {
        verb,
        add: Box::new(add),
    }
}

fn insert_person(dice: &Rng) -> Draft {
    let external_id = dice.maybe(dice.word(12));
    let team = dice.word(3);
    let age = dice.maybe(dice.number(-3..6));
    let person = User {
        external_id,
        team,
        age,
        points: dice.maybe(dice.number(0..4)),
        seen_at: None,
    };
    draft("insert", move |batch| {
        Some(Written::User(batch.insert(person.clone()).id.object_id()))
    })
}

fn insert_voucher(dice: &Rng, now: Timestamp) -> Draft {
    let voucher = Voucher {
        code: dice.word(40),
        expires_at: dice.maybe(now.plus_millis(dice.number(-50..400))),
    };
    draft("insert", move |batch| {
        Some(Written::Voucher(
            batch.insert(voucher.clone()).id.object_id(),
        ))
    })
}

fn insert_errand(dice: &Rng, now: Timestamp) -> Draft {
    let errand = Errand {
        what: dice.word(9),
        due_at: dice.maybe(now.plus_millis(dice.number(-50..400))),
    };
    draft("insert", move |batch| {
        batch.insert(errand.clone());
        None
    })
}

fn insert_sample(dice: &Rng) -> Draft {
    let int = dice.number(-1_000..1_000);
    let float = f64::from(i32::try_from(dice.number(-9..9)).unwrap_or(0)) / 4.0;
    let id = ObjectId([u8::try_from(dice.below(256)).unwrap_or(0); 12]);
    let time = Timestamp::from_millis(dice.number(0..4_000_000_000_000));
    let sample = Sample {
        flag: dice.once_in(2),
        int,
        float,
        text: dice.word(99),
        reference: id,
        time,
        list: Json((0..dice.below(3)).map(|_| dice.word(9)).collect()),
        raw: RawJson(format!(r#"{{"int":{int},"word":"{}"}}"#, dice.word(9)).into()),
        any: JsonText(format!(r#"{{"$set":{int}}}"#).into()),
        maybe_flag: dice.maybe(dice.once_in(2)),
        maybe_int: dice.maybe(int),
        maybe_float: dice.maybe(float),
        maybe_text: dice.maybe(dice.word(3)),
        maybe_reference: dice.maybe(id),
        maybe_time: dice.maybe(time),
        maybe_list: dice.maybe(Json(vec![dice.word(9)])),
        maybe_raw: dice.maybe(RawJson("[1,\"ü\"]".into())),
        maybe_any: dice.maybe(JsonText("\"ü\"".into())),
    };
    draft("insert", move |batch| {
        batch.insert(sample.clone());
        None
    })
}

fn outcome(result: Result<(), CommitError>, written: Vec<Written>) -> Outcome {
    match result {
        Ok(()) => Outcome::Done(written),
        Err(CommitError::Conflict { write, .. }) => Outcome::Conflict(write),
        Err(CommitError::PreconditionFailed { write, current }) => Outcome::Stale(write, current),
        Err(CommitError::LimitExceeded { write }) => Outcome::Exceeded(write),
        Err(error) => panic!("the engine failed: {error:?}"),
    }
}
