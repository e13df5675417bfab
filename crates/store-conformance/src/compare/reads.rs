use std::fmt::Debug;
use std::ops::Bound;

use base::{Direction, Id};

use super::pair::{Pair, rows, sorted};
use super::table::Table;
use crate::rng::Rng;
use crate::{Entry, Errand, Member, User, Voucher};
use store::{Collection, Column, Columns, CountFilter, FieldType, Query, Seq, Since, TenantData};

impl Pair {
    pub(super) async fn get(&self, dice: &Rng, table: &mut Table) {
        match dice.below(3) {
            0 => self.get_one(self.someone(dice), table).await,
            1 => {
                self.get_one(dice.pick(&self.vouchers).unwrap(), table)
                    .await;
            }
            _ => self.get_one(dice.pick(&self.entries).unwrap(), table).await,
        }
    }

    async fn get_one<C: Collection<Partition = TenantData>>(&self, id: Id<C>, table: &mut Table) {
        let found = self
            .both(id, async |tenant| {
                tenant.get(id).await.unwrap().map(|found| found.to_row())
            })
            .await;
        table.saw_some("get", found.is_some());
    }

    pub(super) async fn get_many(&self, dice: &Rng, table: &mut Table) {
        let ids: Vec<_> = (0..dice.below(6)).map(|_| self.someone(dice)).collect();
        let deleted = dice.once_in(2);
        let found = self.both(&ids, async |tenant| {
            let found = if deleted {
                tenant.get_many_with_deleted(&ids).await
            } else {
                tenant.get_many(&ids).await
            };
            sorted(rows(found.unwrap()))
        });
        table.saw_some("get_many", !found.await.is_empty());
    }

    pub(super) async fn list(&self, dice: &Rng, table: &mut Table) {
        match dice.below(6) {
            0 => self.pages(people(dice), dice, table).await,
            1 => self.pages(User::by_age.all(), dice, table).await,
            2 => self.pages(User::by_external_id.all(), dice, table).await,
            3 => {
                self.pages(
                    Voucher::by_code.all().above(Voucher::code, dice.word(9)),
                    dice,
                    table,
                )
                .await;
            }
            4 => {
                let members = match dice.below(3) {
                    0 => Member::by_room.eq(Member::room, self.room(dice)),
                    1 => Member::by_seat.eq(Member::room, self.room(dice)),
                    _ => Member::by_person.eq(Member::person, self.face(dice)),
                };
                self.pages(members, dice, table).await;
            }
            _ => {
                let shown = Entry::by_shown
                    .eq(Entry::room, self.room(dice))
                    .eq(Entry::shown, dice.once_in(2));
                self.pages(
                    shown.above(Entry::seq, Seq::At(dice.number(0..20))),
                    dice,
                    table,
                )
                .await;
            }
        }
    }

    /// Reads two pages, the second after the first.
    async fn pages<C: Collection<Partition = TenantData> + Clone + Debug>(
        &self,
        query: Query<C>,
        dice: &Rng,
        table: &mut Table,
    ) {
        let direction = if dice.once_in(2) {
            Direction::Forward
        } else {
            Direction::Backward
        };
        let query = query.towards(direction).limit(1 + dice.below(5));
        let query = if dice.once_in(4) {
            query.with_deleted()
        } else {
            query
        };
        let read = async |query: Query<C>| {
            let answer = self.both(&query, async |tenant| {
                let page = tenant.list(query.clone()).await.unwrap();
                (rows(page.items), page.next)
            });
            answer.await
        };
        let (found, next) = read(query.clone()).await;
        table.saw_some("list", !found.is_empty());
        if next.is_some() {
            read(query.after(next)).await;
        }
    }

    pub(super) async fn count(&self, dice: &Rng, table: &mut Table) {
        let query = people(dice);
        let cap = 1 + dice.below(9);
        let count = self.both(&query, async |tenant| {
            tenant.count(query.clone(), cap).await.unwrap()
        });
        table.saw_some("count", count.await > 0);
    }

    pub(super) async fn tally(&self, dice: &Rng, table: &mut Table) {
        let tally = if dice.once_in(2) {
            self.tallied(dice, people(dice), User::age).await
        } else {
            self.tallied(
                dice,
                Member::by_person.eq(Member::person, self.face(dice)),
                Member::read_seq,
            )
            .await
        };
        table.saw_some("tally", tally);
    }

    async fn tallied<
        C: Collection<Partition = TenantData> + Clone + Debug,
        T: FieldType + Clone + Debug + PartialEq,
    >(
        &self,
        dice: &Rng,
        query: Query<C>,
        by: Column<C, T>,
    ) -> bool {
        let groups = if dice.once_in(2) {
            100
        } else {
            1 + dice.below(3)
        };
        let counts = self.both((&query, groups), async |tenant| {
            let tally = tenant.tally(query.clone(), by, groups).await.unwrap();
            (tally.counts, tally.whole)
        });
        !counts.await.0.is_empty()
    }

    pub(super) async fn count_each(&self, dice: &Rng, table: &mut Table) {
        let behind = |room| {
            let shown = Entry::by_shown.eq(Entry::room, room).eq(Entry::shown, true);
            shown.above(Entry::seq, Seq::At(dice.number(0..15)))
        };
        // Some spans are so short that an engine may count them together.
        let between = |room| {
            let ends =
                [dice.number(0..15), dice.number(0..25)].map(|seq| Bound::Excluded(Seq::At(seq)));
            let [from, to] = ends;
            Entry::by_seq
                .eq(Entry::room, room)
                .between(Entry::seq, from, to)
        };
        let short = dice.once_in(2);
        let of = |room| if short { between(room) } else { behind(room) };
        let spans: Vec<_> = (0..=dice.below(3)).map(|_| of(self.room(dice))).collect();
        let uncounted = match dice.below(3) {
            0 => CountFilter::default(),
            1 => CountFilter::default().with(Entry::sender, self.face(dice)),
            _ => CountFilter::default()
                .with(Entry::sender, self.face(dice))
                .deleted(),
        };
        let cap = 1 + dice.below(9);
        let counts = self.both((&spans, &uncounted), async |tenant| {
            tenant
                .count_each(spans.clone(), cap, uncounted.clone())
                .await
                .unwrap()
        });
        table.saw_some("count_each", counts.await.iter().any(|count| *count > 0));
    }

    pub(super) async fn timeline(&self, dice: &Rng, table: &mut Table) {
        let room = self.room(dice);
        let size = 1 + dice.below(5);
        let bounds = (
            Bound::Included(dice.number(0..9)),
            Bound::Excluded(dice.number(5..25)),
        );
        // Logs are short, so that mostly few records follow a known one.
        let seq = if dice.once_in(2) {
            0
        } else {
            dice.number(0..20)
        };
        let since = Since {
            seq,
            records: dice.below(3),
            dense: dice.once_in(2),
        };
        let found = self.both((room, size, bounds, since), async |tenant| {
            let found = tenant
                .timeline::<Entry>(room, bounds, size, since)
                .await
                .unwrap();
            found.map(|found| (rows(found.shown), found.more, rows(found.unshown)))
        });
        table.saw_some("timeline", found.await.is_some());
    }

    pub(super) async fn list_each(&self, dice: &Rng, table: &mut Table) {
        let found = if dice.once_in(2) {
            let between = |room| {
                let from = dice.number(0..15);
                let to = dice.number(0..15);
                let log = Entry::by_seq.eq(Entry::room, room);
                log.between(
                    Entry::seq,
                    Bound::Excluded(Seq::At(from)),
                    Bound::Included(Seq::At(to)),
                )
            };
            self.each(
                (0..=dice.below(4))
                    .map(|_| between(self.room(dice)))
                    .collect(),
            )
            .await
        } else {
            self.each((0..=dice.below(4)).map(|_| people(dice)).collect())
                .await
        };
        table.saw_some("list_each", found);
    }

    async fn each<C: Collection<Partition = TenantData> + Clone + Debug>(
        &self,
        queries: Vec<Query<C>>,
    ) -> bool {
        let alike = queries.windows(2).all(|pair| {
            pair[0].index_range().prefix().len() == pair[1].index_range().prefix().len()
        });
        let queries = if alike {
            queries
        } else {
            queries[..1].to_vec()
        };
        let found = self.both(&queries, async |tenant| {
            rows(tenant.list_each(queries.clone(), 1_000).await.unwrap())
        });
        !found.await.is_empty()
    }

    pub(super) async fn covered(&self, dice: &Rng, table: &mut Table) {
        let low = dice.number(0..15);
        let high = dice.number(0..25);
        let some = if dice.once_in(2) {
            let members = Member::by_person.eq(Member::person, self.face(dice));
            let members = if dice.once_in(2) {
                members
            } else {
                members.above(Member::read_seq, low)
            };
            self.keys(members, (Member::person, Member::read_seq)).await
        } else {
            let log = Entry::by_shown
                .eq(Entry::room, self.room(dice))
                .eq(Entry::shown, dice.once_in(2));
            let from = Bound::Included(Seq::At(low));
            let to = Bound::Excluded(Seq::At(high));
            self.keys(
                log.between(Entry::seq, from, to),
                (Entry::seq, Entry::room, Entry::shown),
            )
            .await
        };
        table.saw_some("covered", some);
    }

    async fn keys<C, F>(&self, query: Query<C>, fields: F) -> bool
    where
        C: Collection<Partition = TenantData> + Clone + Debug,
        F: Columns<C, Values: Debug> + Copy,
    {
        let found = self.both(&query, async |tenant| {
            let found = tenant.covered(query.clone(), fields, 1_000).await.unwrap();
            let mut results: Vec<_> = found.iter().map(|fields| format!("{fields:?}")).collect();
            results.sort_unstable();
            results
        });
        !found.await.is_empty()
    }

    pub(super) async fn heads(&self, dice: &Rng, table: &mut Table) {
        let logs: Vec<_> = self
            .rooms
            .iter()
            .filter(|_| dice.once_in(2))
            .map(|room| room.object_id())
            .collect();
        let newest = dice.once_in(2);
        let heads = self.both(&logs, async |tenant| {
            let mut heads = tenant
                .heads_in_store::<Entry>(logs.clone(), newest)
                .await
                .unwrap();
            heads.sort_by_key(|head| head.log);
            heads
        });
        table.saw_some("heads", !heads.await.is_empty());
    }

    pub(super) async fn due(&self, dice: &Rng, table: &mut Table) {
        let limit = if dice.once_in(2) { 1 } else { 100_000 };
        let due = self.both("due", async |tenant| {
            let store = self.store_of(tenant);
            let expired = store.expired::<Voucher>(self.partition, limit).await;
            let expired = expired.unwrap();
            let due = store.due::<Errand>(self.partition, limit).await.unwrap();
            let expired = expired
                .into_iter()
                .map(|(tenant, id)| (tenant, id.object_id()));
            let due = due.into_iter().map(|(tenant, id)| (tenant, id.object_id()));
            let mut found: Vec<_> = expired.chain(due).collect();
            found.sort_unstable();
            // If several documents are due at the same time, any of them may come first.
            if limit == 1 {
                Err(found.len())
            } else {
                Ok(found)
            }
        });
        table.saw_some(
            "due",
            !matches!(due.await.as_ref().map_or_else(|found| *found, Vec::len), 0),
        );
    }
}

fn people(dice: &Rng) -> Query<User> {
    let team = User::by_team.eq(User::team, dice.word(3));
    let low = dice.number(-3..4);
    let high = dice.number(-3..6);
    match dice.below(6) {
        0 => team,
        1 => team.between(User::age, Bound::Included(low), Bound::Excluded(high)),
        2 => team.between(User::age, Bound::Excluded(low), Bound::Included(high)),
        3 => team.above(User::age, low),
        4 => team.below(User::age, high),
        _ => team.one_of(User::age, [low, high, 0]),
    }
}
