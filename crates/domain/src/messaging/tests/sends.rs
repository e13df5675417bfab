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
    async fn begun() -> Self {
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
async fn who_has_just_sent_sends_again_without_a_read() {
    let talk = Talk::begun().await;
    let reads = || talk.scene.world.store.stats().reads.get();
    let before = reads();
    for number in 0..10 {
        talk.bob(&number.to_string()).await.unwrap();
    }
    assert_eq!(reads(), before);
}

/// Verified to fail, by the count, if the records since are read instead.
#[tokio::test]
async fn who_sent_long_ago_is_looked_at_again() {
    let talk = Talk::begun().await;
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
    assert_eq!(reads(), before + 2, "the conversation and Bob's part in it");
}

/// Verified to fail, by the batches, if each waits for the one before.
#[tokio::test]
async fn messages_sent_together_are_written_together_in_their_order() {
    let talk = Talk::begun().await;
    let tenant = talk.scene.tenant();
    let name = IdOrExternalId::Id(talk.group);
    let runs = || talk.scene.world.store.stats().runs.get();
    let before = runs();
    let drafts = ["one", "two", "", "four"].map(text).to_vec();
    let mut told = Vec::new();
    talk.sends
        .send_each(tenant, Actor::User(talk.scene.bob), &name, drafts, |sent| {
            told.push(sent);
        })
        .await;
    let seqs: Vec<_> = told
        .into_iter()
        .map(|sent| sent.map(|sent| sent.message.seq).map_err(|no| no.code))
        .collect();
    assert_eq!(seqs, [Ok(3), Ok(4), Err(ErrorCode::InvalidRequest), Ok(5)]);
    assert_eq!(runs(), before + 1);
    let drafts = ["hello", "Bob"].map(text).to_vec();
    let mut told = Vec::new();
    talk.sends
        .send_each(
            tenant,
            Actor::User(talk.scene.alice),
            &name,
            drafts,
            |sent| told.push(sent),
        )
        .await;
    let seqs: Vec<_> = told
        .into_iter()
        .map(|sent| sent.unwrap().message.seq)
        .collect();
    assert_eq!(seqs, [6, 7], "who is not remembered is looked at first");
}

#[tokio::test]
async fn what_took_the_right_to_send_away_is_heeded_at_once() {
    let talk = Talk::begun().await;
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
    let refused =
        |told: Result<Sent>| assert_eq!(told.unwrap_err().code, ErrorCode::NotAParticipant);
    talk.sends
        .send_each(tenant, Actor::User(talk.scene.bob), &name, drafts, refused)
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
async fn who_left_and_joined_again_sends_again() {
    let talk = Talk::begun().await;
    let tenant = talk.scene.tenant();
    let open = channel(crate::messaging::Visibility::Public);
    let place = begin(tenant, talk.scene.alice, open)
        .await
        .view
        .conversation
        .id;
    let bob = Actor::User(talk.scene.bob);
    let name = IdOrExternalId::Id(place);
    for _ in 0..2 {
        assert_eq!(
            talk.send(talk.scene.bob, place, "hello")
                .await
                .unwrap_err()
                .code,
            ErrorCode::NotAParticipant
        );
        join(tenant, bob, &name).await.unwrap();
        talk.send(talk.scene.bob, place, "hello").await.unwrap();
        leave(tenant, bob, &name).await.unwrap();
    }
}
