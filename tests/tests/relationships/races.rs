//! Messages and conversations that race with a block.

use testkit::{DataDir, Engine, ServerProcess, Tenant, TestUser, Tier, World};

use super::{act, direct, is_online, watch};

testkit::stories!(
    no_message_is_stored_after_the_block_on_one_node,
    a_conversation_begun_at_once_with_a_block_is_blocked,
);

/// Races of one test.
const ROUNDS: usize = 10;

/// Senders that race with one block, each until it is rejected.
const SENDERS: usize = 12;

/// Maximum number of messages of one sender.
///
/// All of them together are fewer than a user may send at once, however long the block takes.
const MESSAGES: usize = 100;

/// Both racers are in one batch of one node.
async fn no_message_is_stored_after_the_block_on_one_node(world: World) {
    race(&world.tenant, &world.server.url()).await;
}

/// A conversation is created concurrently with a block: whichever is first, no message follows.
async fn a_conversation_begun_at_once_with_a_block_is_blocked(world: World) {
    for round in 0..ROUNDS {
        let alice = world.tenant.person(&format!("alice-{round}")).await;
        let (begun, blocked) =
            tokio::join!(direct(&world.bob, &alice), act(&alice, &world.bob, "block"));
        assert_eq!(blocked.status, 200, "{}", blocked.text);
        if begun.status == 201 {
            let id = begun.body["id"].as_str().expect("an id");
            world
                .bob
                .send(id, "1", "hello")
                .await
                .refuses(403, "user_blocked");
        } else {
            begun.refuses(403, "user_blocked");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_message_is_stored_after_the_block_on_two_nodes() {
    if !Engine::MongoDb.covered() {
        return;
    }
    let data_dir = DataDir::new(Engine::MongoDb).await;
    let one = ServerProcess::start(&data_dir).await;
    let other = ServerProcess::start(&data_dir.for_second_node()).await;
    let tenant = Tenant::create(&one, "ours", Tier::Free).await;
    race(&tenant, &other.url()).await;
    let bob = tenant.person("bob").await.at(&other.url());
    let alice = tenant.person("watched").await;
    let _alice = alice.socket().await;
    let mut bobs = bob.socket().await;
    let group = tenant.group(&[&alice, &bob]).await;
    watch(&mut bobs, &alice, &group).await;
    bobs.wait_until(|frame| is_online(frame, &alice, true))
        .await;
    drop(act(&alice, &bob, "block").await.expect(200));
    bobs.wait_until(|frame| is_online(frame, &alice, false))
        .await;
}

/// Runs the race: the blocked user sends to the server at this URL, the block to the tenant's
/// server.
async fn race(tenant: &Tenant, url: &str) {
    for round in 0..ROUNDS {
        let alice = tenant.person(&format!("alice-{round}")).await;
        let bob = tenant.person(&format!("bob-{round}")).await.at(url);
        let direct = direct(&alice, &bob).await.expect(201)["id"]
            .as_str()
            .expect("an id")
            .to_owned();
        let mut senders = tokio::task::JoinSet::new();
        for number in 0..SENDERS {
            senders.spawn(send_until_refused(bob.clone(), direct.clone(), number));
        }
        drop(act(&alice, &bob, "block").await.expect(200));
        bob.send(&direct, "late", "still here")
            .await
            .refuses(403, "user_blocked");
        while let Some(sent) = senders.join_next().await {
            sent.expect("a sender ends");
        }
        let log = alice.log(&direct, 0).await;
        let block = log
            .iter()
            .position(|record| record["type"] == "hidden")
            .expect("the block is stored, and no user is notified");
        assert!(
            !log[block..]
                .iter()
                .any(|record| record["type"] == "message.new"),
            "{log:#?}"
        );
    }
}

async fn send_until_refused(bob: TestUser, direct: String, sender: usize) {
    for number in 0..MESSAGES {
        let answer = bob
            .send(&direct, &format!("{sender}.{number}"), "still here")
            .await;
        if answer.status != 201 {
            return answer.refuses(403, "user_blocked");
        }
    }
}
