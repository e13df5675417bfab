use std::sync::Arc;

use base::{Context, Id, IdOrExternalId, MockClock, OsEntropy, TenantId, Timestamp, limit};
use domain::messaging::{
    self, Conversation, ConversationType, Draft, Message, NewConversation, Participant, Reaction,
    ReadReceipt, RecordKind,
};
use domain::retention::{RetentionSubject, Wanted, set};
use domain::users::User;
use domain::{Actor, retention};
use store::{Engine, Isolation, Store, TenantStore};

use crate::pausing_engine::PausingEngine;
use crate::person::person;

/// Ada and Bob in a group on which holds are set.
pub struct Scene {
    clock: Arc<MockClock>,
    pub pausing_engine: Arc<PausingEngine>,
    pub tenant: TenantStore,
    /// The tenant as accessed by the interrupted job.
    pub job: TenantStore,
    pub ada: Id<User>,
    pub bob: Id<User>,
    pub group: Id<Conversation>,
}

impl Scene {
    pub async fn new(engine: Arc<dyn Engine>) -> Self {
        let clock = Arc::new(MockClock::at(Timestamp::from_millis(1_769_860_800_000)));
        let context = Context::new(clock.clone(), Arc::new(OsEntropy));
        let pausing_engine = PausingEngine::new(engine.clone());
        let store = Store::new(engine, context.clone());
        let id = TenantId::new(store.context().new_object_id());
        let tenant = store.tenant(id, Isolation::DedicatedCollections);
        let job =
            Store::new(pausing_engine.clone(), context).tenant(id, Isolation::DedicatedCollections);
        let ada = person(&tenant, "ada").await;
        let bob = person(&tenant, "bob").await;
        let new = NewConversation::new(ConversationType::Group, vec![IdOrExternalId::Id(ada)]);
        let group = messaging::create(&tenant, Actor::User(bob), new)
            .await
            .unwrap()
            .view
            .conversation
            .id;
        let scene = Self {
            clock,
            pausing_engine,
            tenant,
            job,
            ada,
            bob,
            group,
        };
        let heard = say(&scene.tenant, bob, group, "hello").await;
        messaging::react(&scene.tenant, Actor::User(ada), heard, ":ok:")
            .await
            .unwrap();
        let receipts = messaging::Receipts {
            read_seq: 2,
            delivered_seq: 2,
        };
        messaging::advance_receipt(
            &scene.tenant,
            Actor::User(ada),
            &IdOrExternalId::Id(group),
            receipts,
        )
        .await
        .unwrap();
        scene.say("a word").await;
        scene
    }

    pub const fn ada_named(&self) -> IdOrExternalId<User> {
        IdOrExternalId::Id(self.ada)
    }

    pub async fn say(&self, text: &str) -> Id<Message> {
        say(&self.tenant, self.ada, self.group, text).await
    }

    /// Deletes a message as the tenant's server, unless a hold prevents it.
    pub async fn delete(&self, message: Id<Message>) {
        match messaging::delete_message(&self.job, Actor::Server, message).await {
            Ok(_) => {}
            Err(failure) => assert_eq!(failure.code, base::ErrorCode::LegalHold),
        }
    }

    pub async fn edit(
        &self,
        tenant: &TenantStore,
        message: Id<Message>,
        at: usize,
    ) -> base::Result<()> {
        let content = base::Patch::Set(format!("edit {at}"));
        let edited = messaging::EditedMessage {
            content,
            ..messaging::EditedMessage::default()
        };
        messaging::edit(tenant, Actor::User(self.ada), message, edited)
            .await
            .map(drop)
    }

    /// Edits a message as Ada, unless a hold prevents it.
    pub async fn edit_once(&self, message: Id<Message>, at: usize) {
        match self.edit(&self.job, message, at).await {
            Ok(()) => {}
            Err(failure) => assert_eq!(failure.code, base::ErrorCode::LegalHold),
        }
    }

    pub fn wait(&self, seconds: usize) {
        self.clock.advance(limit::signed(seconds) * 1_000);
    }

    /// Sets a hold while a step is paused after so many halves of statements, then lifts it.
    ///
    /// Asserts that all data of Ada that existed when the hold was set exists after the step.
    /// Returns whether the step came so far.
    pub async fn hold_within(
        &self,
        subject: RetentionSubject,
        behind: usize,
        step: impl Future<Output = ()>,
    ) -> bool {
        let present = retention::get(&self.tenant, subject).await.unwrap().days;
        let put = async |legal_hold| {
            set(
                &self.tenant,
                subject,
                Wanted {
                    days: present,
                    legal_hold,
                },
            )
            .await
            .unwrap();
        };
        let mut stood = Vec::new();
        let meanwhile = async {
            put(true).await;
            stood = self.contents().await;
        };
        if !self.pausing_engine.interrupt(behind, step, meanwhile).await {
            return false;
        }
        assert_eq!(self.contents().await, stood, "behind {behind} halves");
        put(false).await;
        true
    }

    /// Returns everything that Ada has stored in the group.
    pub async fn contents(&self) -> Vec<String> {
        let tenant = &self.tenant;
        let group = self.group;
        let log = tenant
            .list(
                Message::by_seq
                    .eq(Message::conversation_id, group)
                    .limit(1_000),
            )
            .await
            .unwrap()
            .items;
        let theirs = log
            .into_iter()
            .filter(|it| it.kind == RecordKind::Message && it.sender_id == Some(self.ada));
        let history = |it: &Message| {
            it.history
                .as_ref()
                .and_then(|all| all.0.first()?.content.clone())
        };
        let mut all: Vec<_> = theirs
            .filter_map(|it| {
                Some(format!(
                    "{} {} {:?}",
                    it.seq,
                    it.content.as_ref()?,
                    history(&it)
                ))
            })
            .collect();
        let reactions = tenant
            .list(Reaction::by_user.eq(Reaction::user_id, self.ada))
            .await
            .unwrap()
            .items;
        all.extend(reactions.iter().map(|reaction| reaction.emoji.clone()));
        let receipts = tenant
            .list(ReadReceipt::by_user.eq(ReadReceipt::user_id, self.ada))
            .await
            .unwrap()
            .items;
        all.extend(
            receipts
                .iter()
                .map(|mark| format!("read to {}", mark.read_seq)),
        );
        let parts = tenant
            .list(Participant::by_user.eq(Participant::user_id, self.ada))
            .await
            .unwrap()
            .items;
        all.extend(parts.iter().map(|part| format!("part {}", part.id)));
        all
    }
}

pub async fn say(
    tenant: &TenantStore,
    user: Id<User>,
    place: Id<Conversation>,
    text: &str,
) -> Id<Message> {
    let draft = Draft {
        content: Some(text.to_owned()),
        ..Draft::default()
    };
    messaging::send(tenant, Actor::User(user), &IdOrExternalId::Id(place), draft)
        .await
        .unwrap()
        .message
        .id
}
