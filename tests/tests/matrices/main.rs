//! The two matrices, generated from the API's own description: what an id of
//! another tenant is answered, and what each credential may do.
#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a story stops where it goes wrong, and tells its size at its end"
)]

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

/// Requests under way at once.
const AT_ONCE: usize = 32;

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
