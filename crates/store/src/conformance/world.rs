use std::any::Any;
use std::fmt;
use std::sync::Arc;

use base::{Context, MockClock, SeededEntropy, TenantId, Timestamp};

use crate::{Engine, Isolation, Store, TenantStore};

/// Two stores over the same fresh data that share nothing in memory but the
/// data's own engine, where that cannot be opened twice.
pub struct World {
    /// The store that most stories are told on.
    pub store: Store,
    /// The other one.
    pub rival: Store,
    /// The clock of both, which moves when it is told to.
    pub clock: Arc<MockClock>,
    /// What must live as long as the data, such as its folder.
    _keep: Box<dyn Any + Send + Sync>,
}

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("World")
    }
}

impl World {
    /// A world over two engines (or the same one twice); `keep` lives as long as it.
    #[must_use]
    pub fn new(
        engine: Arc<dyn Engine>,
        rival: Arc<dyn Engine>,
        keep: impl Any + Send + Sync,
    ) -> Self {
        let clock = Arc::new(MockClock::at(Timestamp::from_millis(1_769_860_800_000)));
        // Different seeds: ids minted here and there must differ.
        let context = |seed| Context::new(clock.clone(), Arc::new(SeededEntropy::new(seed)));
        let store = Store::new(engine, context(1));
        let rival = Store::new(rival, context(2));
        Self {
            store,
            rival,
            clock,
            _keep: Box::new(keep),
        }
    }
}

/// One telling of a story: a tenant of its own in a place of one isolation.
#[derive(Debug)]
pub struct Case<'a> {
    /// The world it happens in.
    pub world: &'a World,
    isolation: Isolation,
    tenant: TenantId,
}

impl Case<'_> {
    /// The tenant the story is about.
    #[must_use]
    pub fn tenant(&self) -> TenantStore {
        self.world.store.tenant(self.tenant, self.isolation)
    }

    /// The same tenant, reached through the other store.
    #[must_use]
    pub fn rival(&self) -> TenantStore {
        self.world.rival.tenant(self.tenant, self.isolation)
    }

    /// Another tenant of the same isolation.
    #[must_use]
    pub fn stranger(&self) -> TenantStore {
        self.world.store.tenant(
            TenantId::new(self.world.store.context().new_object_id()),
            self.isolation,
        )
    }
}

/// Tells a story once for each isolation.
pub async fn tell(world: World, story: impl AsyncFn(&Case<'_>)) {
    for isolation in [
        Isolation::Shared,
        Isolation::DedicatedCollections,
        Isolation::DedicatedDatabase,
    ] {
        told_in(&world, isolation, &story).await;
    }
}

/// Tells a story that leaves no world behind.
pub async fn tell_once(world: World, story: impl AsyncFn(&Case<'_>)) {
    told_in(&world, Isolation::Shared, &story).await;
}

async fn told_in(world: &World, isolation: Isolation, story: &impl AsyncFn(&Case<'_>)) {
    let tenant = TenantId::new(world.store.context().new_object_id());
    story(&Case {
        world,
        isolation,
        tenant,
    })
    .await;
}
