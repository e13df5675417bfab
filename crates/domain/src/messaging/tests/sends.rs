use base::{ErrorCode, Id, IdOrExternalId, Result, limit};

use super::{Scene, begin, channel, text};
use crate::Actor;
use crate::messaging::{
    Conversation, MessageSender, Role, Sent, add_participants, delete_conversation, join, leave,
    remove_participant,
};
use crate::users::User;

/// A scene in which a user has just sent a message, so that their permission is cached.
struct Talk {
    scene: Scene,
    sends: MessageSender,
    group: Id<Conversation>,
}

impl Talk {
    async fn new() -> Self {
        let scene = Scene::new().await;
        let talk = Self {
            group: scene.group().await,
            scene,
            sends: MessageSender::default(),
        };
        talk.bob("hello").await.unwrap();
        talk
    }

    async fn bob(&self, content: &str) -> Result<Sent> {
        self.send(self.scene.bob, self.group, content).await
    }

    async fn send(&self, user: Id<User>, to: Id<Conversation>, content: &str) -> Result<Sent> {
        self.sends
            .send(
                self.scene.tenant(),
                Actor::User(user),
                &IdOrExternalId::Id(to),
                text(content),
            )
            .await
    }
}

#[tokio::test]
async fn cached_sender_sends_without_reads() {
    let talk = Talk::new().await;
    let reads = || talk.scene.world.store.stats().reads.get();
    let before = reads();
    for number in 0..10 {
        talk.bob(&number.to_string()).await.unwrap();
    }
    assert_eq!(reads(), before);
}

/// Verified to fail, by the count, if the records since are read instead.
#[tokio::test]
async fn expired_sender_permission_is_read_again() {
    let talk = Talk::new().await;
    for number in 0..limit::REMEMBERED_RECORDS {
        talk.send(talk.scene.alice, talk.group, &number.to_string())
            .await
            .unwrap();
    }
    let reads = || talk.scene.world.store.stats().reads.get();
    let before = reads();
    talk.bob("near").await.unwrap();
    assert_eq!(reads(), before);
    for number in 0..=limit::REMEMBERED_RECORDS {
        talk.send(talk.scene.alice, talk.group, &number.to_string())
            .await
            .unwrap();
    }
    let before = reads();
    talk.bob("far").await.unwrap();
    assert_eq!(reads(), before + 2, "the conversation and Bob's membership");
}

/// Verified to fail, by the batches, if each waits for the one before.
#[tokio::test]
async fn messages_of_one_call_are_committed_in_one_batch_in_order() {
    let talk = Talk::new().await;
    let tenant = talk.scene.tenant();
    let name = IdOrExternalId::Id(talk.group);
    let batches = || talk.scene.world.store.stats().runs.get();
    let before = batches();
    let drafts = ["one", "two", "", "four"].map(text).to_vec();
    let mut results = Vec::new();
    talk.sends
        .send_each(tenant, Actor::User(talk.scene.bob), &name, drafts, |sent| {
            results.push(sent);
        })
        .await;
    let seqs: Vec<_> = results
        .into_iter()
        .map(|sent| {
            sent.map(|sent| sent.message.seq)
                .map_err(|error| error.code)
        })
        .collect();
    assert_eq!(seqs, [Ok(3), Ok(4), Err(ErrorCode::InvalidRequest), Ok(5)]);
    assert_eq!(batches(), before + 1);
    let drafts = ["hello", "Bob"].map(text).to_vec();
    let mut results = Vec::new();
    talk.sends
        .send_each(
            tenant,
            Actor::User(talk.scene.alice),
            &name,
            drafts,
            |sent| results.push(sent),
        )
        .await;
    let seqs: Vec<_> = results
        .into_iter()
        .map(|sent| sent.unwrap().message.seq)
        .collect();
    assert_eq!(seqs, [6, 7], "the first message reads the permission");
}

#[tokio::test]
async fn cached_sender_loses_permission_immediately() {
    let talk = Talk::new().await;
    let tenant = talk.scene.tenant();
    let alice = Actor::User(talk.scene.alice);
    let name = IdOrExternalId::Id(talk.group);
    let bob = IdOrExternalId::Id(talk.scene.bob);
    remove_participant(tenant, alice, &name, &bob)
        .await
        .unwrap();
    assert_eq!(
        talk.bob("still here?").await.unwrap_err().code,
        ErrorCode::NotAParticipant
    );
    let drafts = ["and", "now?"].map(text).to_vec();
    let assert_rejected =
        |sent: Result<Sent>| assert_eq!(sent.unwrap_err().code, ErrorCode::NotAParticipant);
    talk.sends
        .send_each(
            tenant,
            Actor::User(talk.scene.bob),
            &name,
            drafts,
            assert_rejected,
        )
        .await;
    add_participants(tenant, alice, &name, &[bob], Role::Member)
        .await
        .unwrap();
    talk.bob("I am back").await.unwrap();
    delete_conversation(tenant, alice, &name).await.unwrap();
    assert_eq!(
        talk.bob("anybody?").await.unwrap_err().code,
        ErrorCode::ConversationNotFound
    );
}

#[tokio::test]
async fn rejoined_sender_can_send() {
    let talk = Talk::new().await;
    let tenant = talk.scene.tenant();
    let open = channel(crate::messaging::Visibility::Public);
    let public_channel = begin(tenant, talk.scene.alice, open)
        .await
        .view
        .conversation
        .id;
    let bob = Actor::User(talk.scene.bob);
    let name = IdOrExternalId::Id(public_channel);
    for _ in 0..2 {
        assert_eq!(
            talk.send(talk.scene.bob, public_channel, "hello")
                .await
                .unwrap_err()
                .code,
            ErrorCode::NotAParticipant
        );
        join(tenant, bob, &name).await.unwrap();
        talk.send(talk.scene.bob, public_channel, "hello")
            .await
            .unwrap();
        leave(tenant, bob, &name).await.unwrap();
    }
}
