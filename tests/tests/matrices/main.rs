//! The two matrices, generated from the API's own description: what an id of
//! another tenant is answered, and what each credential may do.
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
mod normalize;
mod resources;
mod row;
mod rows;
mod stored;
mod tenant_fixture;
mod tenants;

use testkit::{Engine, TestConfig, Tier, World};

/// Requests under way at once.
const AT_ONCE: usize = 32;

/// One engine and tier are enough: what is rejected here is rejected before the store is asked.
///
/// Seen to fail on 0 against a bound of 1, and on words outside of an enumeration that the document did not name.
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

/// The faults that made it fail are listed in `tenants`.
async fn foreign_id_is_rejected_like_an_absent_one(world: World) {
    tenants::check(&world).await;
}

/// The faults that made it fail are listed in `credentials`.
async fn credential_results_match_the_committed_table(world: World) {
    credentials::check(&world).await;
}
