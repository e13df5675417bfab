//! Tenant isolation: every location of an id, with an id of another tenant and with an absent one.
//!
//! Both must receive the same response, and nothing may be stored. Every request is also sent
//! with own ids and must succeed, so that no request is rejected for another reason.
//!
//! Verified to fail with each of these faults:
//! - SQLite reads documents by id without the tenant: another tenant's user is accepted.
//! - Cursors are not bound to the tenant: another tenant's next page is returned.
//! - A typing frame is written before the conversation is checked: the row is found.
//! - A row of the matrix is missing.
//! - A user of ours listens with another tenant's connection.

mod cases;
mod frames;
mod requests;
mod streams;

use std::collections::BTreeSet;

use testkit::socket::Socket;
use testkit::{DataDir, World};

use crate::coverage::{
    Coverage, assert_every_collection_has_a_row, assert_every_collection_was_written,
};
use crate::document::Document;
use crate::resources::Resources;
use crate::stored;
use crate::tenant_fixture::TenantFixture;

/// Both tenants, and the resources of the other one.
pub struct Fixture {
    /// The part of the matrix that runs.
    pub coverage: Coverage,
    /// The URL of the server.
    pub url: String,
    /// The tenant under test.
    pub ours: TenantFixture,
    /// Another tenant.
    pub theirs: TenantFixture,
    /// A user, conversation and message of ours that no request changes.
    pub resources: Resources,
    /// Another tenant's user, conversation and message.
    pub stranger: Resources,
}

/// Runs the matrix and prints its size.
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
    let data_dir = world.server.data_dir();
    let rejected = reject(
        &requests,
        &mut frames,
        &mut foreign_socket,
        &fixture,
        data_dir,
    )
    .await;
    let before = stored_by_other_tenant(&fixture, data_dir).await;
    let succeeded = succeed(&requests, &mut frames, &mut foreign_socket, &fixture).await;
    let streamed =
        frames::keep_open_during(&mut frames, &mut foreign_socket, streams::check(&fixture)).await;
    assert_every_collection_has_a_row(
        &requests
            .iter()
            .map(|case| case.row.collection)
            .chain(frames.iter().map(frames::Case::collection))
            .collect(),
    );
    assert_every_collection_was_written(&stored::collections(data_dir).await);
    stored::assert_same(&before, &stored_by_other_tenant(&fixture, data_dir).await);
    frames::receive_nothing_foreign(&mut frames, &mut foreign_socket, &fixture).await;
    let operations: BTreeSet<&str> = requests.iter().map(|case| case.operation.id).collect();
    let places: usize = requests
        .iter()
        .map(|case| case.places.len())
        .chain(frames.iter().map(frames::Case::size))
        .sum();
    println!(
        "tenant matrix on {}: {} operations in {} requests, {} frames, {places} places, {rejected} pairs rejected alike, \
         {succeeded} answers to own ids and chosen words, {streamed} streams",
        world.config,
        operations.len(),
        requests.len(),
        frames.len(),
    );
}

/// Sends foreign and absent ids. Returns the number of pairs; fails if one of them was stored.
async fn reject(
    requests: &[cases::Case],
    frames: &mut [frames::Case],
    foreign_socket: &mut Socket,
    fixture: &Fixture,
    data_dir: &DataDir,
) -> usize {
    let settled = stored::settled(data_dir);
    let before = frames::keep_open_during(frames, foreign_socket, settled).await;
    let refused = requests::refused(requests, fixture);
    let in_requests = frames::keep_open_during(frames, foreign_socket, refused).await;
    let refused = frames::refused(frames, fixture);
    let in_frames = frames::keep_open_during(&mut [], foreign_socket, refused).await;
    let everything = stored::everything(data_dir);
    let after = frames::keep_open_during(frames, foreign_socket, everything).await;
    stored::assert_same(&before, &after);
    in_requests + in_frames
}

/// Sends the tenant's own ids. Returns the number of responses.
async fn succeed(
    requests: &[cases::Case],
    frames: &mut [frames::Case],
    foreign_socket: &mut Socket,
    fixture: &Fixture,
) -> usize {
    let succeed = requests::succeed(requests, fixture);
    let in_requests = frames::keep_open_during(frames, foreign_socket, succeed).await;
    let succeed = frames::succeed(frames, fixture);
    let in_frames = frames::keep_open_during(&mut [], foreign_socket, succeed).await;
    in_requests + in_frames
}

/// Returns the documents of the other tenant.
async fn stored_by_other_tenant(fixture: &Fixture, data_dir: &DataDir) -> BTreeSet<String> {
    let mut documents = stored::everything(data_dir).await;
    documents.retain(|document| document.contains(&fixture.theirs.tenant.id));
    documents
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

    /// Connects another tenant's user with a device id that ours will use too.
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
