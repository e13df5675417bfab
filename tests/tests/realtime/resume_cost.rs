//! Cost of a resume in read statements.

use serde_json::Value;
use testkit::socket::{Cursors, Socket};
use testkit::{TestUser, World, eventually};

testkit::stories!(a_resume_costs_the_same_whatever_is_followed);

/// The first page of a hundred conversations costs as many statements as one of ten.
///
/// The same applies to a resume with so many cursors, whether they are at the heads or behind
/// them. `CAAS_CONVERSATIONS` sets another number than a hundred.
///
/// Verified to fail with `CAAS_FAULT=read-one-by-one`, for cursors behind the heads.
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

/// Metric of the read statements of the server's engine.
const READS: &str = "caas_store_reads_total";

/// Returns the read statements of a resume that receives `behind` records of each conversation.
///
/// The minimum of several resumes, since the server's own jobs add reads.
async fn resume_cost(
    world: &World,
    user: &TestUser,
    conversations: &[String],
    behind: usize,
) -> u64 {
    let mut cursors = Cursors::default();
    conversations
        .iter()
        .for_each(|id| cursors.start_at(id, if behind == 0 { 2 } else { 1 }));
    let mut fewest = u64::MAX;
    for _ in 0..5 {
        // The user is read again by the next request, not by the resume.
        drop(user.api.get("/v1/conversations?limit=1").await.expect(200));
        let seen = last_seen(world, user).await;
        let before = world.server.metric(READS).await;
        // Without a device id, since a device is read asynchronously.
        let mut socket =
            Socket::resume_unnamed(&world.server.url(), &user.token, cursors.clone()).await;
        for _ in 0..behind * conversations.len() {
            socket.wait_for("message.new").await;
        }
        fewest = fewest.min(world.server.metric(READS).await - before);
        drop(socket);
        // Afterwards no connection is subscribed, and nothing is cached.
        eventually("the disconnect is stored", async || {
            last_seen(world, user).await != seen
        })
        .await;
    }
    fewest
}

async fn last_seen(world: &World, user: &TestUser) -> Value {
    let user = world
        .tenant
        .api
        .get(&format!("/v1/users/{}", user.id))
        .await
        .expect(200);
    user["last_seen_at"].clone()
}

/// Returns the read statements of a user's first page of conversations.
async fn page_cost(world: &World, user: &TestUser) -> u64 {
    let mut fewest = u64::MAX;
    for _ in 0..5 {
        let before = world.server.metric(READS).await;
        drop(
            user.api
                .get("/v1/conversations?limit=100")
                .await
                .expect(200),
        );
        fewest = fewest.min(world.server.metric(READS).await - before);
    }
    fewest
}
