use std::fmt::Debug;

use base::{Id, TenantId};

use crate::rng::Rng;
use crate::{Entry, Member, Room, Sample, User, Voucher};
use store::{
    Collection, Entity, Index, Isolation, Partition, Row, Store, TenantData, TenantStore, partition,
};

/// Same tenant on the engine and on the model, with the ids of the documents written there.
pub(super) struct Pair {
    pub(super) engine: TenantStore,
    pub(super) model: TenantStore,
    stores: [Store; 2],
    pub(super) partition: Partition,
    pub(super) people: Vec<Id<User>>,
    pub(super) vouchers: Vec<Id<Voucher>>,
    pub(super) entries: Vec<Id<Entry>>,
    pub(super) rooms: Vec<Id<Room>>,
    /// People that need not exist: senders and members.
    pub(super) faces: Vec<Id<User>>,
    /// Seed and step, for the message if results differ.
    pub(super) at: (u64, usize),
}

impl Pair {
    pub(super) fn new(stores: [Store; 2], tenant: TenantId, isolation: Isolation) -> Self {
        let [engine, model] = stores
            .each_ref()
            .map(|store| store.tenant(tenant, isolation));
        let mint = || {
            let ids = (
                engine.context().new_object_id(),
                model.context().new_object_id(),
            );
            assert_eq!(ids.0, ids.1, "both mint the same ids");
            ids.0
        };
        let rooms = (0..3).map(|_| Id::new(mint())).collect();
        let faces = (0..4).map(|_| Id::new(mint())).collect();
        let people = vec![Id::new(mint())];
        let vouchers = vec![Id::new(mint())];
        let entries = vec![Id::new(mint())];
        Self {
            engine,
            model,
            stores,
            partition: partition::resolve(tenant, isolation),
            people,
            vouchers,
            entries,
            rooms,
            faces,
            at: (0, 0),
        }
    }

    /// Returns the store of one of the two tenants.
    pub(super) fn store_of(&self, tenant: &TenantStore) -> &Store {
        let [engine, model] = &self.stores;
        if std::ptr::eq(tenant, &raw const self.engine) {
            engine
        } else {
            model
        }
    }

    /// Runs the same request on both, and returns the result that both must return.
    pub(super) async fn both<T: PartialEq + Debug>(
        &self,
        asked: impl Debug,
        ask: impl AsyncFn(&TenantStore) -> T,
    ) -> T {
        let engine = ask(&self.engine).await;
        let model = ask(&self.model).await;
        let (seed, step) = self.at;
        assert_eq!(
            engine, model,
            "seed {seed}, step {step}: engine (left) and model differ on {asked:?}"
        );
        engine
    }

    /// Compares complete collections through an index that omits no document.
    pub(super) async fn compare_everything(&self) {
        self.compare_all(User::by_age).await;
        self.compare_all(Voucher::by_code).await;
        self.compare_all(Member::by_person).await;
        self.compare_all(Entry::by_seq).await;
        self.compare_all(Sample::by_text).await;
    }

    async fn compare_all<C: Collection<Partition = TenantData> + Clone>(&self, index: Index<C>) {
        let query = index.all().with_deleted().limit(100_000);
        self.both(C::DECLARATION.name, async |tenant| {
            rows(tenant.list(query.clone()).await.unwrap().items)
        })
        .await;
    }

    pub(super) fn room(&self, dice: &Rng) -> Id<Room> {
        dice.pick(&self.rooms).unwrap()
    }

    pub(super) fn face(&self, dice: &Rng) -> Id<User> {
        dice.pick(&self.faces).unwrap()
    }

    /// Returns one of the last few people, most of whom still exist.
    pub(super) fn someone(&self, dice: &Rng) -> Id<User> {
        dice.pick(&self.people[self.people.len().saturating_sub(6)..])
            .unwrap()
    }
}

pub(super) fn rows<C: Collection>(entities: Vec<Entity<C>>) -> Vec<Row> {
    entities.iter().map(Entity::to_row).collect()
}

pub(super) fn sorted(mut rows: Vec<Row>) -> Vec<Row> {
    rows.sort_by_key(|row| row.id);
    rows
}
