//! The engine on a real server: the stories that every engine must tell
//! alike, on two engines that share nothing but the replica set, and those
//! that only this one can tell.
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
    store::conformance_tests!(crate::world::world);
    store::comparison_test!("MongoDB", crate::world::world, 0..8, 300);
}
