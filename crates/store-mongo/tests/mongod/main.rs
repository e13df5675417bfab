//! Tests of the engine on a real server: the conformance suite of all engines, on two engines that
//! share only the replica set, and tests specific to `MongoDB`.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a story that does not hold stops its test"
)]

mod expiry;
mod failover;
mod group_reads;
mod missing_index;
mod pooling;
mod rollback;
mod standalone;
mod transactions;
mod watching;
mod world;

mod conformance {
    store_conformance::conformance_tests!(crate::world::world);
    store_conformance::comparison_test!("MongoDB", crate::world::world, 0..8, 300);
}
