//! Matrices generated from the API description.
//!
//! They test the response to ids of another tenant, the permissions of each credential, and the
//! bounds of values.
#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a story stops where it goes wrong, and tells its size at its end"
)]

mod bounds;
mod call;
mod coverage;
mod credentials;
mod document;
mod integrations;
mod normalize;
mod resources;
mod row;
mod rows;
mod stored;
mod tenant_fixture;
mod tenants;

use testkit::{Engine, TestConfig, Tier, World};

/// Maximum number of concurrent requests.
const AT_ONCE: usize = 32;

/// One engine and tier are enough, since values are rejected before the store is accessed.
///
/// Verified to fail with 0 where the minimum is 1, and with undocumented values of an enumeration.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn documented_bounds_are_enforced() {
    let world = World::new(TestConfig {
        engine: Engine::Sqlite,
        tier: Tier::Free,
    })
    .await;
    bounds::check(&world).await;
}

testkit::stories_on_all_tiers!(
    foreign_id_is_rejected_like_an_absent_one,
    credential_results_match_the_committed_table,
);

/// `tenants` lists the faults with which this test was verified to fail.
async fn foreign_id_is_rejected_like_an_absent_one(world: World) {
    tenants::check(&world).await;
}

/// `credentials` lists the faults with which this test was verified to fail.
async fn credential_results_match_the_committed_table(world: World) {
    credentials::check(&world).await;
}
