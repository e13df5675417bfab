//! Every place where an id can stand, with an id of another tenant and with
//! one that is nobody's: the same answer, and nothing is stored. Every request
//! is also made with own ids and succeeds, so that none is refused for
//! something else.

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
    let requests = cases::of(&document, &stage).await;
    let mut frames = frames::of(&document, &stage).await;
    streams::assert_covered(&document);
    let before = stored::everything(world.caas.home()).await;
    let refused = requests::refused(&requests, &stage).await + frames::refused(&mut frames, &stage).await;
    let after = stored::everything(world.caas.home()).await;
    stored::assert_same(&before, &after);
    let succeeded = requests::succeed(&requests, &stage).await + frames::succeed(&mut frames, &stage).await;
    let streamed = streams::check(&stage).await;
    let own = |all: BTreeSet<String>| all.into_iter().filter(|text| text.contains(&stage.theirs.tenant.id)).collect();
    stored::assert_same(&own(after), &own(stored::everything(world.caas.home()).await));
    frames::hear_nothing_foreign(&mut frames, &mut ear, &stage).await;
    println!(
        "tenant matrix on {}: {} requests and {} frames, {} places, {refused} pairs refused alike, \
         {succeeded} answers to own ids and chosen words, {streamed} streams",
        world.combination,
        requests.len(),
        frames.len(),
        requests.iter().map(|case| case.places.len()).sum::<usize>()
            + frames.iter().map(frames::Case::size).sum::<usize>(),
    );
}

impl Stage {
    async fn set(world: &World) -> Self {
        let (ours, theirs) = tokio::join!(Cast::ours(&world.tenant), Cast::theirs(&world.other_tenant));
        // Two of each, so that lists have a second page.
        let (_, stranger) = tokio::join!(Scene::set(&ours), Scene::set(&theirs));
        tokio::join!(Scene::set(&ours), Scene::set(&theirs));
        Self { url: world.caas.url(), ours, theirs, stranger }
    }

    /// Another tenant's user, connected by a device that ours will name too.
    async fn ear(&self) -> Socket {
        let token = self.stranger.token(&self.theirs).await;
        Socket::resume(&self.url, &token, &self.stranger.taken["device"], testkit::socket::Cursors::default()).await
    }
}
