//! Counts of events equal a recount, on both engines and for each isolation of tenants.
//!
//! Events arrive late, users are erased, and the job is stopped at each of its statements.
//!
//! Verified to fail if a marker keeps its version when it is set again, and if an erasure leaves
//! entries of active users.

mod erased;
mod expired;
mod truth;

use std::sync::Arc;

use base::{Context, Id, MockClock, SeededEntropy, TenantId, Timestamp, limit};
use domain::Actor;
use domain::analytics::{Category, EventIngest, Granularity, NewEvent, Recount, recount};
use domain::users::User;
use store::{Collection, Engine, Isolation, Store, TenantStore};

use crate::on_both::{on_mongodb, on_sqlite};
use crate::pausing_engine::PausingEngine;
use crate::person::person;

const HOUR: i64 = 60 * 60 * 1_000;

/// Number of rounds in which events are ingested and counted.
const ROUNDS: usize = 4;

/// Events of one round.
const EVENTS: usize = 30;

/// Recounts of one round that are stopped at each of their steps.
const KILLED: usize = 6;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn counts_equal_a_recount_on_sqlite() {
    Box::pin(on_sqlite(stories)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn counts_equal_a_recount_on_mongodb() {
    Box::pin(on_mongodb(stories)).await;
}

async fn stories(engine: Arc<dyn Engine>) {
    for isolation in [
        Isolation::Shared,
        Isolation::DedicatedCollections,
        Isolation::DedicatedDatabase,
    ] {
        Box::pin(tell(engine.clone(), isolation)).await;
    }
}

/// A tenant whose events arrive in any order while they are counted.
struct Scene {
    clock: Arc<MockClock>,
    pausing_engine: Arc<PausingEngine>,
    /// The store that ingests events and reads counts.
    store: Store,
    tenant: TenantStore,
    isolation: Isolation,
    /// The same tenant as accessed by the interrupted job.
    job: TenantStore,
    intake: EventIngest,
    people: Vec<Id<User>>,
}

async fn tell(engine: Arc<dyn Engine>, isolation: Isolation) {
    let seed = 10 * (isolation as u64 + 1);
    let clock = Arc::new(MockClock::at(Timestamp::from_millis(1_769_860_800_000)));
    let context = |seed| Context::new(clock.clone(), Arc::new(SeededEntropy::new(seed)));
    let pausing_engine = PausingEngine::new(engine.clone());
    let store = Store::new(engine, context(seed));
    let dying = Store::new(pausing_engine.clone(), context(seed + 1));
    let id = TenantId::new(store.context().new_object_id());
    let tenant = store.tenant(id, isolation);
    let job = dying.tenant(id, isolation);
    let people = people(&tenant).await;
    let scene = Scene {
        clock,
        pausing_engine,
        store,
        tenant,
        isolation,
        job,
        intake: EventIngest::default(),
        people,
    };
    for round in 0..ROUNDS {
        scene.events(round).await;
        for mark in scene.due().await.into_iter().take(KILLED) {
            scene.kill_at_each_step(mark).await;
        }
        scene.come_in_between_at_each_step().await;
    }
    scene.count_all().await;
    truth::assert_counted(&scene.tenant, scene.store.context().now()).await;
    scene.erase_and_kill_at_each_step(scene.people[1]).await;
    truth::assert_counted(&scene.tenant, scene.store.context().now()).await;
    if isolation == Isolation::DedicatedCollections {
        // Events are in a partition shared with other tenants, users in a dedicated one.
        scene.erase_while_counting_at_each_step().await;
        truth::assert_counted(&scene.tenant, scene.store.context().now()).await;
    }
    scene.forget().await;
}

async fn people(tenant: &TenantStore) -> Vec<Id<User>> {
    let mut people = Vec::new();
    for name in ["ada", "bob", "cy", "dan", "eve"] {
        people.push(person(tenant, name).await);
    }
    people
}

/// Creates an event without an explicit user: it is attributed to its sender.
fn told(event_id: String, name: &str, timestamp: Timestamp) -> NewEvent {
    let user = None;
    let app_id = None;
    let session_id = None;
    let data = None;
    let name = name.to_owned();
    let category = Category::Error;
    let timestamp = Some(timestamp);
    NewEvent {
        event_id,
        name,
        category,
        user,
        app_id,
        session_id,
        timestamp,
        data,
    }
}

impl Scene {
    /// Ingests events of the last weeks, some of them repeatedly.
    async fn events(&self, round: usize) {
        for at in 0..EVENTS {
            let [who, name, category, hours, minutes, again] = self.store.context().random::<6>();
            let actor = match usize::from(who) % 6 {
                5 => Actor::Server,
                who => Actor::User(self.people[who]),
            };
            let ago = i64::from(hours) % 40 * 24 * HOUR / 4 + i64::from(minutes) % 60 * 60_000;
            let id = if again < 32 {
                "again".to_owned()
            } else {
                format!("{round}.{at}")
            };
            let moment = self.store.context().now().plus_millis(-ago);
            let category = Category::ALL[usize::from(category) % Category::ALL.len()];
            let event = NewEvent {
                category,
                ..told(id, &format!("name {}", name % 4), moment)
            };
            self.intake
                .ingest(&self.tenant, actor, vec![event])
                .await
                .unwrap();
        }
    }

    async fn due(&self) -> Vec<Id<Recount>> {
        self.clock
            .advance(limit::signed(limit::RECOUNT_SECONDS) * 1_000);
        let place = store::partition::resolve(self.tenant.id(), self.isolation)
            .of(Recount::DECLARATION.database);
        let due = self.store.due::<Recount>(place, 10_000).await.unwrap();
        due.into_iter()
            .filter(|(tenant, _)| *tenant == self.tenant.id())
            .map(|(_, mark)| mark)
            .collect()
    }

    /// Counts until no recount is due.
    async fn count_all(&self) {
        loop {
            let due = self.due().await;
            if due.is_empty() {
                return;
            }
            for mark in due {
                recount(&self.tenant, mark).await.unwrap();
            }
        }
    }

    /// Stops a recount one half of a statement later each time, until it ends.
    async fn kill_at_each_step(&self, mark: Id<Recount>) {
        let mut step = 0;
        while self
            .pausing_engine
            .stop(step, recount(&self.job, mark))
            .await
            .is_none()
        {
            step += 1;
        }
        assert!(step > 0, "nothing was stopped");
    }

    /// Ingests an event during a recount, one half of a statement later each time.
    ///
    /// The event is ingested in the same seconds and belongs to the same hour as the one being
    /// counted.
    async fn come_in_between_at_each_step(&self) {
        let hour = Granularity::Hour
            .around(self.store.context().now())
            .starts_at;
        let mut step = 0;
        loop {
            self.event(&format!("counted {step}"), hour).await;
            let marks = || {
                Recount::by_bucket
                    .eq(Recount::granularity, Granularity::Hour)
                    .eq(Recount::starts_at, hour)
            };
            let mark = self.tenant.find(marks()).await.unwrap().unwrap();
            let counting = async { recount(&self.job, mark.id).await.unwrap() };
            let name = format!("in between {step}");
            let in_between = self
                .pausing_engine
                .interrupt(step, counting, self.event(&name, hour))
                .await;
            while let Some(mark) = self.tenant.find(marks()).await.unwrap() {
                recount(&self.tenant, mark.id).await.unwrap();
            }
            truth::assert_hour(&self.tenant, hour, step).await;
            if !in_between {
                return;
            }
            step += 1;
        }
    }

    async fn event(&self, name: &str, timestamp: Timestamp) {
        self.event_of(self.people[0], name, timestamp).await;
    }

    async fn event_of(&self, user: Id<User>, name: &str, timestamp: Timestamp) {
        let unique: [u8; 8] = self.store.context().random();
        let event = told(format!("{unique:?}"), name, timestamp);
        self.intake
            .ingest(&self.tenant, Actor::User(user), vec![event])
            .await
            .unwrap();
    }
}
