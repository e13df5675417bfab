//! The stories that every engine must tell alike, on two engines that share
//! nothing but the replica set.

mod world;

use store::proof::{World, catalogue};
use world::{connect, prefix};

async fn fresh() -> World {
    let prefix = prefix();
    World::new(connect(&prefix, catalogue()).await, connect(&prefix, catalogue()).await, ())
}

store::conformance_tests!(crate::fresh);
