//! Random operations on an engine and on the model, compared after each operation.

mod appends;
mod drafts;
mod pair;
mod reads;
mod table;

use std::sync::Arc;

use base::{Context, SeededEntropy, TenantId};

use self::pair::Pair;
pub use self::table::Table;
use crate::rng::Rng;
use crate::{Model, World};
use store::{Isolation, Store};

/// Runs the operations of each seed on the world's engine and on the model, and compares the
/// results. The same seeds give the same operations.
///
/// Seen to fail when one side took the bound of a range as excluded.
///
/// # Panics
/// Panics if a result differs; the message names the seed and the step.
pub async fn compare(world: &World, seeds: std::ops::Range<u64>, steps: usize) -> Table {
    let mut table = Table::default();
    let model = Arc::new(Model::new());
    for seed in seeds {
        // Both generate the same ids, so that complete documents are compared.
        let context = || {
            Context::new(
                world.clock.clone(),
                Arc::new(SeededEntropy::new(seed ^ 0x5eed_0000)),
            )
        };
        let engine = Store::new(world.engine.clone(), context());
        let model = Store::new(model.clone(), context());
        let dice = Rng::new(seed);
        let mut pairs = Vec::new();
        for isolation in [
            Isolation::Shared,
            Isolation::Shared,
            Isolation::DedicatedCollections,
            Isolation::DedicatedDatabase,
        ] {
            let tenant = TenantId::new(world.store.context().new_object_id());
            let stores = [engine.clone(), model.clone()];
            pairs.push(Pair::new(stores, tenant, isolation));
        }
        for step in 0..steps {
            world.clock.advance(dice.below(40).try_into().unwrap_or(0));
            let pair = dice.below(pairs.len());
            pairs[pair].at = (seed, step);
            pairs[pair].step(&dice, &mut table).await;
        }
        for pair in &pairs {
            pair.compare_everything().await;
        }
    }
    table
}

impl Pair {
    async fn step(&mut self, dice: &Rng, table: &mut Table) {
        match dice.below(24) {
            0..7 => self.commit(dice, table).await,
            7..11 => self.append(dice, table).await,
            11 => self.get(dice, table).await,
            12 => self.get_many(dice, table).await,
            13..16 => self.list(dice, table).await,
            16 => self.count(dice, table).await,
            17 => self.count_each(dice, table).await,
            18 => self.list_each(dice, table).await,
            19 => self.heads(dice, table).await,
            20 => self.tally(dice, table).await,
            21 => self.timeline(dice, table).await,
            22 => self.covered(dice, table).await,
            _ => self.due(dice, table).await,
        }
    }
}

/// Creates a test that compares the engine of a world with the model. `$world` is the same as in
/// [`conformance_tests`](crate::conformance_tests). The test prints what was compared, and fails
/// if an expected outcome was never compared.
#[macro_export]
macro_rules! comparison_test {
    ($engine:literal, $world:path, $seeds:expr, $steps:expr) => {
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn random_operations_equal_the_model() {
            let table = $crate::compare(&$world().await, $seeds, $steps).await;
            table.report($engine);
        }
    };
}
