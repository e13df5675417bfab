//! What a resume reads.

use serde_json::Value;
use testkit::socket::{Cursors, Socket};
use testkit::{Person, World, eventually};

testkit::stories!(a_resume_costs_the_same_whatever_is_followed);

/// A first page of a hundred conversations and a resume of a hundred
/// cursors issue as many statements as of ten, whether the cursors are at
/// the heads or behind them. `CAAS_CONVERSATIONS` names another number.
///
/// Seen to fail with `CAAS_PLANT=read-one-by-one`, on the cursors behind.
async fn a_resume_costs_the_same_whatever_is_followed(world: World) {
    let many =
        std::env::var("CAAS_CONVERSATIONS").map_or(100, |many| many.parse().expect("a number"));
    let mut tens = Vec::new();
    let mut all = Vec::new();
    let writer = world.tenant.person("writer").await;
    for number in 0..many {
        let people = if number < 10 {
            &[&writer, &world.alice, &world.bob][..]
        } else {
            &[&writer, &world.alice]
        };
        let group = world.tenant.group(people).await;
        writer.say(&group, "1").await;
        tens.extend((number < 10).then(|| group.clone()));
        all.push(group);
    }
    for behind in [0, 1] {
        let ten = resume_cost(&world, &world.bob, &tens, behind).await;
        assert_eq!(
            resume_cost(&world, &world.alice, &all, behind).await,
            ten,
            "{behind} behind"
        );
    }
    assert_eq!(
        page_cost(&world, &world.alice).await,
        page_cost(&world, &world.bob).await,
        "first pages"
    );
}

/// Statements that the server's engine issued to read.
const READS: &str = "caas_store_reads_total";

/// Read statements of a resume that is sent this many records of each
/// conversation: the fewest of several, since the server's own jobs add to them.
async fn resume_cost(world: &World, who: &Person, conversations: &[String], behind: usize) -> u64 {
    let mut cursors = Cursors::default();
    conversations
        .iter()
        .for_each(|id| cursors.start_at(id, if behind == 0 { 2 } else { 1 }));
    let mut fewest = u64::MAX;
    for _ in 0..5 {
        // The user is read again at the next request, not at the resume.
        drop(who.api.get("/v1/conversations?limit=1").await.expect(200));
        let seen = last_seen(world, who).await;
        let before = world.server.metric(READS).await;
        // Without a name, since a device is looked for a little later.
        let mut socket =
            Socket::resume_unnamed(&world.server.url(), &who.token, cursors.clone()).await;
        for _ in 0..behind * conversations.len() {
            socket.wait_for("message.new").await;
        }
        fewest = fewest.min(world.server.metric(READS).await - before);
        drop(socket);
        // Then no connection is subscribed, and nothing is in memory.
        eventually("the disconnect is stored", async || {
            last_seen(world, who).await != seen
        })
        .await;
    }
    fewest
}

async fn last_seen(world: &World, who: &Person) -> Value {
    let user = world
        .tenant
        .api
        .get(&format!("/v1/users/{}", who.id))
        .await
        .expect(200);
    user["last_seen_at"].clone()
}

/// Read statements of a user's first page of conversations.
async fn page_cost(world: &World, who: &Person) -> u64 {
    let mut fewest = u64::MAX;
    for _ in 0..5 {
        let before = world.server.metric(READS).await;
        drop(who.api.get("/v1/conversations?limit=100").await.expect(200));
        fewest = fewest.min(world.server.metric(READS).await - before);
    }
    fewest
}
