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
mod cast;
mod credentials;
mod document;
mod plain;
mod row;
mod rows;
mod scene;
mod stored;
mod tenants;

use testkit::{Combination, Engine, Tier, World};

/// Requests under way at once.
const AT_ONCE: usize = 32;

/// One engine and tier are enough: what is rejected here is rejected before the store is asked.
///
/// Seen to fail on 0 against a bound of 1, and on words outside of an enumeration that the document did not name.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_bound_of_the_document_is_the_servers() {
    let world = World::new(Combination {
        engine: Engine::Sqlite,
        tier: Tier::Free,
    })
    .await;
    bounds::check(&world).await;
}

testkit::stories! {
    /// What has made it fail is told in `tenants`.
    async fn an_id_of_another_tenant_is_answered_like_one_that_is_not_there(world: World) {
        tenants::check(&world).await;
    }

    /// What has made it fail is told in `credentials`.
    async fn each_credential_does_what_the_committed_table_says(world: World) {
        credentials::check(&world).await;
    }
}
