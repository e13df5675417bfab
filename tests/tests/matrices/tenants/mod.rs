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

use crate::cast::Cast;
use crate::document::Document;
use crate::scene::Scene;
use crate::stored;

/// Both tenants, and what belongs to the other one.
pub struct Stage {
    /// Where the server is.
    pub url: String,
    /// The tenant of the story.
    pub ours: Cast,
    /// Another tenant.
    pub theirs: Cast,
    /// Another tenant's user, conversation and message.
    pub stranger: Scene,
}

/// Fills the matrix and prints its size.
pub async fn check(world: &World) {
    let document = Document(world.alice.api.get("/openapi.json").await.expect(200));
    let stage = Stage::set(world).await;
    let mut ear = stage.ear().await;
    let requests = frames::kept_open(&mut [], &mut ear, cases::of(&document, &stage)).await;
    let mut frames = frames::kept_open(&mut [], &mut ear, frames::of(&document, &stage)).await;
    streams::assert_covered(&document);
    let before = frames::kept_open(&mut frames, &mut ear, stored::settled(world.caas.home())).await;
    let refused =
        frames::kept_open(&mut frames, &mut ear, requests::refused(&requests, &stage)).await;
    let refused =
        refused + frames::kept_open(&mut [], &mut ear, frames::refused(&mut frames, &stage)).await;
    let after =
        frames::kept_open(&mut frames, &mut ear, stored::everything(world.caas.home())).await;
    stored::assert_same(&before, &after);
    let succeeded =
        frames::kept_open(&mut frames, &mut ear, requests::succeed(&requests, &stage)).await;
    let succeeded = succeeded
        + frames::kept_open(&mut [], &mut ear, frames::succeed(&mut frames, &stage)).await;
    let streamed = frames::kept_open(&mut frames, &mut ear, streams::check(&stage)).await;
    let own = |all: BTreeSet<String>| {
        all.into_iter()
            .filter(|text| text.contains(&stage.theirs.tenant.id))
            .collect()
    };
    stored::assert_same(
        &own(after),
        &own(stored::everything(world.caas.home()).await),
    );
    frames::hear_nothing_foreign(&mut frames, &mut ear, &stage).await;
    let operations: BTreeSet<&str> = requests.iter().map(|case| case.operation.id).collect();
    let places: usize = requests
        .iter()
        .map(|case| case.places.len())
        .chain(frames.iter().map(frames::Case::size))
        .sum();
    println!(
        "tenant matrix on {}: {} operations in {} requests, {} frames, {places} places, {refused} pairs refused alike, \
         {succeeded} answers to own ids and chosen words, {streamed} streams",
        world.combination,
        operations.len(),
        requests.len(),
        frames.len(),
    );
}

impl Stage {
    async fn set(world: &World) -> Self {
        let (ours, theirs) =
            tokio::join!(Cast::ours(&world.tenant), Cast::theirs(&world.other_tenant));
        // Two of each, so that lists have a second page.
        let (_, stranger) = tokio::join!(Scene::set(&ours), Scene::set(&theirs));
        tokio::join!(Scene::set(&ours), Scene::set(&theirs));
        tokio::join!(ours.is_counted(), theirs.is_counted());
        Self {
            url: world.caas.url(),
            ours,
            theirs,
            stranger,
        }
    }

    /// Another tenant's user, connected by a device that ours will name too.
    async fn ear(&self) -> Socket {
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
