//! Every place where an id can stand, with an id of another tenant and with
//! one that is nobody's: the same answer, and nothing is stored. Every request
//! is also made with own ids and succeeds, so that none is refused for
//! something else.
//!
//! Seen to fail when SQLite read documents by their ids without the tenant
//! (another tenant's user was let in), when cursors were not bound to the
//! tenant (its next page was answered), when a typing frame was written before
//! the conversation was looked up (the row was found), when a row was taken
//! out, and when one of ours listened in another tenant's place.

mod cases;
mod frames;
mod requests;
mod streams;

use std::collections::BTreeSet;

use testkit::World;
use testkit::socket::Socket;

use crate::coverage::{
    Coverage, assert_every_collection_has_a_row, assert_every_collection_was_written,
};
use crate::document::Document;
use crate::resources::Resources;
use crate::stored;
use crate::tenant_fixture::TenantFixture;

/// Both tenants, and what belongs to the other one.
pub struct Fixture {
    /// Which cases run.
    pub coverage: Coverage,
    /// Where the server is.
    pub url: String,
    /// The tenant of the story.
    pub ours: TenantFixture,
    /// Another tenant.
    pub theirs: TenantFixture,
    /// A user, conversation and message of ours that no request changes.
    pub resources: Resources,
    /// Another tenant's user, conversation and message.
    pub stranger: Resources,
}

/// Fills the matrix and prints its size.
pub async fn check(world: &World) {
    let document = Document(world.alice.api.get("/openapi.json").await.expect(200));
    let fixture = Fixture::set(world).await;
    let mut foreign_socket = fixture.foreign_socket().await;
    let requests =
        frames::keep_open_during(&mut [], &mut foreign_socket, cases::of(&document, &fixture))
            .await;
    let mut frames = frames::keep_open_during(
        &mut [],
        &mut foreign_socket,
        frames::of(&document, &fixture),
    )
    .await;
    streams::assert_covered(&document);
    let before = frames::keep_open_during(
        &mut frames,
        &mut foreign_socket,
        stored::settled(world.server.data_dir()),
    )
    .await;
    let refused = frames::keep_open_during(
        &mut frames,
        &mut foreign_socket,
        requests::refused(&requests, &fixture),
    )
    .await;
    let refused = refused
        + frames::keep_open_during(
            &mut [],
            &mut foreign_socket,
            frames::refused(&mut frames, &fixture),
        )
        .await;
    let after = frames::keep_open_during(
        &mut frames,
        &mut foreign_socket,
        stored::everything(world.server.data_dir()),
    )
    .await;
    stored::assert_same(&before, &after);
    let succeeded = frames::keep_open_during(
        &mut frames,
        &mut foreign_socket,
        requests::succeed(&requests, &fixture),
    )
    .await;
    let succeeded = succeeded
        + frames::keep_open_during(
            &mut [],
            &mut foreign_socket,
            frames::succeed(&mut frames, &fixture),
        )
        .await;
    let streamed =
        frames::keep_open_during(&mut frames, &mut foreign_socket, streams::check(&fixture)).await;
    assert_every_collection_has_a_row(
        &requests
            .iter()
            .map(|case| case.row.collection)
            .chain(frames.iter().map(frames::Case::collection))
            .collect(),
    );
    assert_every_collection_was_written(&stored::collections(world.server.data_dir()).await);
    let own = |all: BTreeSet<String>| {
        all.into_iter()
            .filter(|text| text.contains(&fixture.theirs.tenant.id))
            .collect()
    };
    stored::assert_same(
        &own(after),
        &own(stored::everything(world.server.data_dir()).await),
    );
    frames::receive_nothing_foreign(&mut frames, &mut foreign_socket, &fixture).await;
    let operations: BTreeSet<&str> = requests.iter().map(|case| case.operation.id).collect();
    let places: usize = requests
        .iter()
        .map(|case| case.places.len())
        .chain(frames.iter().map(frames::Case::size))
        .sum();
    println!(
        "tenant matrix on {}: {} operations in {} requests, {} frames, {places} places, {refused} pairs refused alike, \
         {succeeded} answers to own ids and chosen words, {streamed} streams",
        world.config,
        operations.len(),
        requests.len(),
        frames.len(),
    );
}

impl Fixture {
    async fn set(world: &World) -> Self {
        let (ours, theirs) = tokio::join!(
            TenantFixture::ours(&world.tenant),
            TenantFixture::theirs(&world.other_tenant)
        );
        // Two of each, so that lists have a second page.
        let (resources, stranger) =
            tokio::join!(Resources::create(&ours), Resources::create(&theirs));
        tokio::join!(Resources::create(&ours), Resources::create(&theirs));
        tokio::join!(ours.wait_until_counted(), theirs.wait_until_counted());
        Self {
            coverage: Coverage::of(world.config),
            url: world.server.url(),
            ours,
            theirs,
            resources,
            stranger,
        }
    }

    /// Another tenant's user, connected by a device that ours will name too.
    async fn foreign_socket(&self) -> Socket {
        let token = self.stranger.token(&self.theirs).await;
        Socket::resume(
            &self.url,
            &token,
            &self.stranger.taken["device"],
            testkit::socket::Cursors::default(),
        )
        .await
    }
}
