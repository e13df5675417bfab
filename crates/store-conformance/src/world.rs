use std::any::Any;
use std::fmt;
use std::sync::Arc;

use base::{Context, MockClock, SeededEntropy, TenantId, Timestamp};

use store::{Engine, Isolation, Partition, Store, TenantStore, partition};

/// Two stores over the same new data. They share no memory, except the engine if it cannot be
/// opened twice.
pub struct World {
    /// Store that most test cases use.
    pub store: Store,
    /// Second store, for concurrent writers.
    pub rival: Store,
    /// Engine of the first store.
    pub(crate) engine: Arc<dyn Engine>,
    /// Clock of both stores, which only moves when a test advances it.
    pub clock: Arc<MockClock>,
    /// Value that must live as long as the data, such as its directory.
    _keep: Box<dyn Any + Send + Sync>,
}

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("World")
    }
}

impl World {
    /// Creates a world over two engines, or over one engine twice. `keep` lives as long as the
    /// world.
    #[must_use]
    pub fn new(
        engine: Arc<dyn Engine>,
        rival: Arc<dyn Engine>,
        keep: impl Any + Send + Sync,
    ) -> Self {
        let clock = Arc::new(MockClock::at(Timestamp::from_millis(1_769_860_800_000)));
        // Different seeds: the ids that both stores generate must differ.
        let context = |seed| Context::new(clock.clone(), Arc::new(SeededEntropy::new(seed)));
        let store = Store::new(Arc::clone(&engine), context(1));
        let rival = Store::new(rival, context(2));
        Self {
            store,
            rival,
            engine,
            clock,
            _keep: Box::new(keep),
        }
    }
}

/// Run of a test case with its own tenant and one isolation.
#[derive(Debug)]
pub struct Case<'a> {
    /// World of the test case.
    pub world: &'a World,
    isolation: Isolation,
    tenant: TenantId,
}

impl Case<'_> {
    /// Returns the tenant of the test case.
    #[must_use]
    pub fn tenant(&self) -> TenantStore {
        self.world.store.tenant(self.tenant, self.isolation)
    }

    /// Returns the partition of the tenant.
    #[must_use]
    pub const fn partition(&self) -> Partition {
        partition::resolve(self.tenant, self.isolation)
    }

    /// Returns the same tenant on the second store.
    #[must_use]
    pub fn rival(&self) -> TenantStore {
        self.world.rival.tenant(self.tenant, self.isolation)
    }

    /// Returns another tenant with the same isolation.
    #[must_use]
    pub fn stranger(&self) -> TenantStore {
        self.world.store.tenant(
            TenantId::new(self.world.store.context().new_object_id()),
            self.isolation,
        )
    }
}

/// Runs a test case once for each isolation.
pub async fn run_in_each_isolation(world: World, story: impl AsyncFn(&Case<'_>)) {
    for isolation in [
        Isolation::Shared,
        Isolation::DedicatedCollections,
        Isolation::DedicatedDatabase,
    ] {
        run_in(&world, isolation, &story).await;
    }
}

/// Runs a test case once, with shared isolation; the world is unusable afterwards.
pub async fn run_once(world: World, story: impl AsyncFn(&Case<'_>)) {
    run_in(&world, Isolation::Shared, &story).await;
}

async fn run_in(world: &World, isolation: Isolation, story: &impl AsyncFn(&Case<'_>)) {
    let tenant = TenantId::new(world.store.context().new_object_id());
    story(&Case {
        world,
        isolation,
        tenant,
    })
    .await;
}
