//! Tests of the sequencer on the model engine with injected faults.

mod faults;
mod honesty;
mod order;

use std::sync::Arc;

use base::{Context, Id, MockClock, SeededEntropy, TenantId, Timestamp};
use tokio::task::JoinSet;

use crate::conformance::cases::people::{append_guarded, entry};
use crate::conformance::{Entry, Faulty, Model, Room};
use crate::{AppendError, Appended, Guard, Isolation, Store, TenantStore};

/// Creates a node over the model, with a fault-injecting engine between them.
fn node(model: &Arc<Model>, seed: u64) -> (Arc<Faulty>, TenantStore) {
    let engine = Arc::new(Faulty::new(model.clone(), None));
    let clock = Arc::new(MockClock::at(Timestamp::from_millis(1_769_860_800_000)));
    let context = Context::new(clock, Arc::new(SeededEntropy::new(seed)));
    let tenant = TenantId::new(base::ObjectId([7; 12]));
    let tenant = Store::new(engine.clone(), context).tenant(tenant, Isolation::Shared);
    (engine, tenant)
}

fn alone() -> (Arc<Faulty>, TenantStore, Id<Room>) {
    let (engine, tenant) = node(&Arc::new(Model::new()), 1);
    let room = tenant.context().new_id();
    (engine, tenant, room)
}

/// Creates two nodes that receive no events of each other, with the faults of the first.
fn rivals() -> (Arc<Faulty>, TenantStore, TenantStore, Id<Room>) {
    let model = Arc::new(Model::new());
    let (engine, tenant) = node(&model, 1);
    let (_, rival) = node(&model, 2);
    let room = tenant.context().new_id();
    (engine, tenant, rival, room)
}

/// Queues all records at once, in order, and returns their outcomes.
async fn at_once(
    tenant: &TenantStore,
    sends: Vec<(Entry, Guard)>,
) -> Vec<Result<Appended<Entry>, AppendError>> {
    let mut sending = JoinSet::new();
    for (position, (record, guard)) in sends.into_iter().enumerate() {
        let tenant = tenant.clone();
        sending.spawn(async move { (position, append_guarded(&tenant, record, 0, guard).await) });
    }
    let mut told = sending.join_all().await;
    told.sort_by_key(|(position, _)| *position);
    told.into_iter().map(|(_, outcome)| outcome).collect()
}

/// Creates records with these texts, each with a guard created by `guard`.
fn records(
    room: Id<Room>,
    texts: impl IntoIterator<Item = String>,
    guard: impl Fn() -> Guard,
) -> Vec<(Entry, Guard)> {
    texts
        .into_iter()
        .map(|text| (entry(room, text), guard()))
        .collect()
}

fn texts(log: Vec<crate::Entity<Entry>>) -> Vec<String> {
    log.into_iter().map(|entry| entry.doc.text).collect()
}
