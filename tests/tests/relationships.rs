//! How users stand to each other, and what a block stops.
//!
//! The races of a block were seen to fail with `CAAS_PLANT=authorise-before-queueing`.

#![cfg(test)]

use serde_json::{Value, json};
use testkit::api::Answer;
use testkit::{DataDir, Engine, Person, ServerProcess, Tenant, Tier, World};

/// Races of one test.
const ROUNDS: usize = 10;

/// Senders that race with one block, each until it is refused.
const SENDERS: usize = 12;

/// Messages of one sender at most: all of them together are fewer than a user
/// may send at once, however long the block takes.
const MESSAGES: usize = 100;

testkit::stories!(
    two_become_friends_and_part,
    a_block_stops_messages_invitations_and_profiles,
    a_block_hides_its_maker_and_stays_its_makers,
    a_blocked_direct_conversation_takes_no_message,
    a_block_takes_effect_for_open_sockets,
    nothing_stands_after_the_block_on_one_node,
    a_conversation_begun_at_once_with_a_block_is_blocked,
);

/// Alice asks, Bob says yes; both have a friend, and both are told on all devices.
async fn two_become_friends_and_part(world: World) {
    let alice = &world.alice;
    let bob = &world.bob;
    let mut device = bob.socket().await;
    assert_eq!(
        act(alice, bob, "request").await.expect(200)["state"],
        "requested"
    );
    assert_eq!(
        device.wait_for("relationship.updated").await["data"],
        json!({"user_id": alice.id})
    );
    assert_eq!(list(bob, "state=pending").await, ["alice"]);
    act(alice, bob, "accept")
        .await
        .refuses(409, "state_conflict");
    assert_eq!(
        act(bob, alice, "accept").await.expect(200)["state"],
        "friends"
    );
    assert_eq!(
        act(bob, alice, "accept").await.expect(200)["state"],
        "friends",
        "said twice it is said once"
    );
    assert_eq!(
        (list(alice, "").await, list(bob, "").await),
        (vec!["bob".to_owned()], vec!["alice".to_owned()])
    );
    let noted = alice
        .api
        .patch(
            &path(alice, bob),
            json!({"remark": "from school", "favourite": true}),
        )
        .await
        .expect(200);
    assert_eq!(
        (&noted["remark"], &noted["favourite"]),
        (&json!("from school"), &json!(true))
    );
    assert_eq!(list(alice, "favourites=true").await, ["bob"]);
    let theirs = bob.api.get(&path(bob, alice)).await.expect(200);
    assert!(
        theirs.get("remark").is_none() && theirs["favourite"] == false,
        "a remark is nobody else's: {theirs}"
    );
    world
        .alice
        .api
        .get(&path(bob, alice))
        .await
        .refuses(403, "forbidden");
    drop(act(bob, alice, "remove").await.expect(200));
    assert!(list(alice, "").await.is_empty() && list(alice, "favourites=true").await.is_empty());
    let log = bob
        .api
        .get(&format!("/v1/users/{}/log", bob.id))
        .await
        .expect(200);
    assert!(
        log["data"]
            .as_array()
            .is_some_and(|records| records.len() >= 2),
        "{log}"
    );
}

/// What a block stops, both ways, and that all of it comes back.
async fn a_block_stops_messages_invitations_and_profiles(world: World) {
    let alice = &world.alice;
    let bob = &world.bob;
    let direct = direct(alice, bob).await.expect(201)["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    let hello = alice.say(&direct, "hello").await;
    let group = world.tenant.group(&[alice]).await;
    let promoted = json!({"role": "admin"});
    let participant = format!("/v1/conversations/{group}/participants/{}", alice.id);
    drop(
        world
            .tenant
            .api
            .patch(&participant, promoted)
            .await
            .expect(200),
    );
    assert_eq!(
        act(alice, bob, "block").await.expect(200)["state"],
        "blocked"
    );
    for (one, other) in [(alice, bob), (bob, alice)] {
        one.send(&direct, "1", "still here")
            .await
            .refuses(403, "user_blocked");
        one.api
            .put(&format!(
                "/v1/messages/{}/reactions/%F0%9F%91%8D",
                hello["id"].as_str().expect("an id")
            ))
            .await
            .refuses(403, "user_blocked");
        one.api
            .get(&format!("/v1/users/{}", other.id))
            .await
            .refuses(404, "user_not_found");
        let invitation = json!({"type": "group", "name": "party", "participants": [other.id]});
        one.api
            .post("/v1/conversations", invitation)
            .await
            .refuses(403, "user_blocked");
        assert_eq!(
            one.history(&direct).await.len(),
            1,
            "what was said is still read"
        );
    }
    let shared = world.tenant.group(&[alice, bob]).await;
    let shout = alice.say(&shared, "to all").await;
    let id = shout["id"].as_str().expect("an id");
    let seq = shout["seq"].clone();
    bob.api
        .put(&format!("/v1/messages/{id}/reactions/%F0%9F%91%8D"))
        .await
        .refuses(403, "user_blocked");
    let answer = json!({"content": "answer", "thread_id": id});
    bob.api
        .post(&format!("/v1/conversations/{shared}/messages"), answer)
        .await
        .refuses(403, "user_blocked");
    let mut hers = alice.socket().await;
    let mut his = bob.socket().await;
    drop(
        bob.api
            .post(
                &format!("/v1/conversations/{shared}/read"),
                json!({"seq": seq}),
            )
            .await
            .expect(200),
    );
    his.wait_for("read.updated").await;
    bob.say(&shared, "so far").await;
    let told = hers
        .wait_until(|frame| {
            let is_bobs_mark =
                frame["type"] == "read.updated" && frame["data"]["user_id"] == json!(bob.id);
            is_bobs_mark || frame["type"] == "message.new"
        })
        .await;
    assert_eq!(
        told["type"], "message.new",
        "no mark crosses a block: {told}"
    );
    let status = alice
        .api
        .get(&format!("/v1/messages/{id}/status"))
        .await
        .expect(200);
    assert_eq!(status["data"][0]["status"], "sent", "{status}");
    let carol = world.tenant.person("carol").await;
    let both = json!({"type": "group", "participants": [alice.id, bob.id]});
    carol
        .api
        .post("/v1/conversations", both.clone())
        .await
        .refuses(403, "user_blocked");
    drop(
        world
            .tenant
            .api
            .patch("/v1/settings", json!({"block_checks_in_groups": false}))
            .await
            .expect(200),
    );
    drop(carol.api.post("/v1/conversations", both).await.expect(201));
    let participants = json!({"participants": [bob.id]});
    alice
        .api
        .post(
            &format!("/v1/conversations/{group}/participants"),
            participants,
        )
        .await
        .refuses(403, "user_blocked");
    assert_eq!(list(alice, "state=blocked").await, ["bob"]);
    drop(act(alice, bob, "unblock").await.expect(200));
    act(alice, bob, "unblock")
        .await
        .refuses(409, "state_conflict");
    drop(bob.send(&direct, "2", "hello again").await.expect(201));
    drop(
        bob.api
            .get(&format!("/v1/users/{}", alice.id))
            .await
            .expect(200),
    );
}

/// Who is blocked finds nobody there; who blocked sees it and can end it, also when both did.
async fn a_block_hides_its_maker_and_stays_its_makers(world: World) {
    let alice = &world.alice;
    let bob = &world.bob;
    let api = &world.tenant.api;
    drop(act(alice, bob, "block").await.expect(200));
    bob.api
        .get(&path(bob, alice))
        .await
        .refuses(404, "user_not_found");
    bob.api
        .patch(&path(bob, alice), json!({"remark": "?"}))
        .await
        .refuses(404, "user_not_found");
    for action in [
        "request", "accept", "decline", "cancel", "remove", "block", "unblock",
    ] {
        act(bob, alice, action).await.refuses(404, "user_not_found");
    }
    act(alice, bob, "request")
        .await
        .refuses(403, "user_blocked");
    assert_eq!(
        alice.api.get(&path(alice, bob)).await.expect(200)["user"]["external_id"],
        "bob"
    );
    let both = api
        .post(&path(bob, alice), json!({"action": "block"}))
        .await
        .expect(200);
    assert_eq!(both["state"], "blocked", "a server may");
    assert_eq!(
        (
            list(alice, "state=blocked").await,
            list(bob, "state=blocked").await
        ),
        (vec!["bob".to_owned()], vec!["alice".to_owned()])
    );
    drop(act(bob, alice, "unblock").await.expect(200));
    bob.api
        .get(&path(bob, alice))
        .await
        .refuses(404, "user_not_found");
    drop(act(alice, bob, "unblock").await.expect(200));
    assert_eq!(
        bob.api.get(&path(bob, alice)).await.expect(200)["state"],
        "none"
    );
}

/// A direct conversation cannot be begun behind a block; one that a server
/// begins is blocked from its first record on.
async fn a_blocked_direct_conversation_takes_no_message(world: World) {
    let alice = &world.alice;
    let bob = &world.bob;
    drop(act(alice, bob, "block").await.expect(200));
    direct(bob, alice).await.refuses(403, "user_blocked");
    let direct = world
        .tenant
        .conversation(json!({"type": "direct", "participants": [alice.id, bob.id]}))
        .await;
    bob.send(&direct, "1", "hello")
        .await
        .refuses(403, "user_blocked");
    drop(act(alice, bob, "unblock").await.expect(200));
    drop(bob.send(&direct, "1", "hello").await.expect(201));
}

/// Sockets that are open feel it at once.
async fn a_block_takes_effect_for_open_sockets(world: World) {
    let alice = &world.alice;
    let bob = &world.bob;
    let direct = direct(alice, bob).await.expect(201)["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    let mut a = alice.socket().await;
    let mut b = bob.socket().await;
    watch(&mut b, alice, &direct).await;
    b.wait_until(|frame| is_online(frame, alice, true)).await;
    drop(act(alice, bob, "block").await.expect(200));
    b.wait_until(|frame| is_online(frame, alice, false)).await;
    assert_eq!(
        b.say(&direct, "1", "still here").await["code"],
        "user_blocked"
    );
    let typing = json!({"t": "typing", "ref": "t", "conversation_id": direct, "typing": true});
    assert_eq!(b.ask(typing).await["code"], "user_blocked");
    watch(&mut a, bob, &direct).await;
    assert!(
        is_online(&a.wait_for("presence.changed").await, bob, false),
        "presence is hidden both ways"
    );
}

/// Both racers are in one batch of one node.
async fn nothing_stands_after_the_block_on_one_node(world: World) {
    race(&world.tenant, &world.server.url()).await;
}

/// A conversation and a block that begin at once: whichever is first, no
/// message follows.
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
async fn nothing_stands_after_the_block_on_two_nodes() {
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

/// Who is blocked talks to the server at this address, the block goes to the
/// tenant's.
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
            .expect("the block stands, and nobody is told");
        assert!(
            !log[block..]
                .iter()
                .any(|record| record["type"] == "message.new"),
            "{log:#?}"
        );
    }
}

async fn send_until_refused(bob: Person, direct: String, sender: usize) {
    for number in 0..MESSAGES {
        let answer = bob
            .send(&direct, &format!("{sender}.{number}"), "still here")
            .await;
        if answer.status != 201 {
            return answer.refuses(403, "user_blocked");
        }
    }
}

async fn act(user: &Person, other: &Person, action: &str) -> Answer {
    user.api
        .post(&path(user, other), json!({"action": action}))
        .await
}

fn path(user: &Person, other: &Person) -> String {
    format!("/v1/users/{}/relationships/{}", user.id, other.id)
}

async fn list(user: &Person, query: &str) -> Vec<String> {
    let page = user
        .api
        .get(&format!("/v1/users/{}/relationships?{query}", user.id))
        .await
        .expect(200);
    let name = |side: &Value| {
        side["user"]["external_id"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    };
    page["data"]
        .as_array()
        .into_iter()
        .flatten()
        .map(name)
        .collect()
}

async fn direct(user: &Person, other: &Person) -> Answer {
    user.api
        .post(
            "/v1/conversations",
            json!({"type": "direct", "participants": [other.id]}),
        )
        .await
}

async fn watch(socket: &mut testkit::socket::Socket, person: &Person, conversation: &str) {
    let watching = socket
        .ask(json!({"t": "presence", "ref": "p", "user_ids": [person.id], "conversation_id": conversation}))
        .await;
    assert_eq!(watching["t"], "ok", "{watching}");
}

fn is_online(frame: &Value, person: &Person, online: bool) -> bool {
    frame["type"] == "presence.changed"
        && frame["data"]["user_id"] == person.id
        && frame["data"]["online"] == online
}
