//! Tests of the sequencer on the model engine with injected faults.

mod faults;
mod honesty;
mod order;

use std::sync::Arc;

use base::{Context, Id, MockClock, SeededEntropy, TenantId, Timestamp};
use tokio::sync::broadcast;
use tokio::task::JoinSet;

use store::{AppendError, Appended, ChangeEvent, Guard, Isolation, Store, TenantStore};
use store_conformance::fixtures::{append_guarded, entry};
use store_conformance::{Entry, Faulty, Model, Room};

type EventSender = broadcast::Sender<Arc<ChangeEvent>>;

/// Node over the model, with a fault-injecting engine between them.
struct Node {
    engine: Arc<Faulty>,
    store: Store,
    tenant: TenantStore,
}

/// Creates a node, with the events that other nodes send it.
fn node(model: &Arc<Model>, seed: u64, events: Option<EventSender>) -> Node {
    let engine = Arc::new(Faulty::new(model.clone(), events));
    let clock = Arc::new(MockClock::at(Timestamp::from_millis(1_769_860_800_000)));
    let context = Context::new(clock, Arc::new(SeededEntropy::new(seed)));
    let tenant = TenantId::new(base::ObjectId([7; 12]));
    let store = Store::new(engine.clone(), context);
    Node {
        engine,
        tenant: store.tenant(tenant, Isolation::Shared),
        store,
    }
}

fn alone() -> (Arc<Faulty>, TenantStore, Id<Room>) {
    let Node { engine, tenant, .. } = node(&Arc::new(Model::new()), 1, None);
    let room = tenant.context().new_id();
    (engine, tenant, room)
}

/// Creates two nodes that receive no events of each other, with the faults of the first.
fn rivals() -> (Arc<Faulty>, TenantStore, TenantStore, Id<Room>) {
    let model = Arc::new(Model::new());
    let Node { engine, tenant, .. } = node(&model, 1, None);
    let rival = node(&model, 2, None).tenant;
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
    let mut outcomes = sending.join_all().await;
    outcomes.sort_by_key(|(position, _)| *position);
    outcomes.into_iter().map(|(_, outcome)| outcome).collect()
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

fn texts(log: Vec<store::Entity<Entry>>) -> Vec<String> {
    log.into_iter().map(|entry| entry.doc.text).collect()
}
