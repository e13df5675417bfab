//! Every operation that removes content, under every legal hold that must prevent it.

use base::{ErrorCode, Id, IdOrExternalId, Patch, Result, limit};
use store::TenantStore;

use super::*;
use crate::messaging::{
    self, Conversation, ConversationPatch, ConversationType, Draft, EditedMessage, Message,
    NewConversation, Role,
};
use crate::users::{self, User};
use crate::world::{World, person};
use crate::{Actor, erasure};

/// An operation that removes content.
#[derive(Clone, Copy, Debug)]
enum Way {
    DeleteOwnMessage,
    DeleteMessageAsOwner,
    DeleteMessageAsServer,
    EditFullHistory,
    DeleteConversationAsOwner,
    DeleteConversationAsServer,
    Rename,
    ClearMetadata,
    DeleteUser,
    EraseUser,
}

const ALL: [Way; 10] = [
    Way::DeleteOwnMessage,
    Way::DeleteMessageAsOwner,
    Way::DeleteMessageAsServer,
    Way::EditFullHistory,
    Way::DeleteConversationAsOwner,
    Way::DeleteConversationAsServer,
    Way::Rename,
    Way::ClearMetadata,
    Way::DeleteUser,
    Way::EraseUser,
];

impl Way {
    /// Returns whether the operation only removes content of the conversation itself.
    const fn spares_users(self) -> bool {
        matches!(self, Self::Rename | Self::ClearMetadata)
    }

    /// Returns whether a hold on a conversation does not apply.
    const fn spares_conversations(self) -> bool {
        matches!(self, Self::DeleteUser)
    }
}

/// Bob owns a group in which Ada has edited a message until its history was full.
struct Scene {
    tenant: TenantStore,
    ada: Id<User>,
    bob: Id<User>,
    group: Id<Conversation>,
    message: Id<Message>,
}

impl Scene {
    async fn new(world: &World) -> Self {
        let tenant = world.company("Acme").await.tenant;
        let ada = person(&tenant, "ada").await;
        let bob = person(&tenant, "bob").await;
        let new = NewConversation {
            name: Some("Team".to_owned()),
            metadata: Some(store::RawJson(r#"{"case":7}"#.into())),
            ..NewConversation::new(ConversationType::Group, vec![IdOrExternalId::Id(ada)])
        };
        let group = messaging::create(&tenant, Actor::User(bob), new)
            .await
            .unwrap()
            .view
            .conversation
            .id;
        let draft = Draft {
            content: Some("the original".to_owned()),
            ..Draft::default()
        };
        let sent = messaging::send(&tenant, Actor::User(ada), &IdOrExternalId::Id(group), draft)
            .await
            .unwrap();
        let scene = Self {
            tenant,
            ada,
            bob,
            group,
            message: sent.message.id,
        };
        for at in 0..limit::MESSAGE_HISTORY {
            scene.edit(&format!("edit {at}")).await.unwrap();
        }
        scene
    }

    async fn edit(&self, text: &str) -> Result<()> {
        let edited = EditedMessage {
            content: Patch::Set(text.to_owned()),
            ..EditedMessage::default()
        };
        messaging::edit(&self.tenant, Actor::User(self.ada), self.message, edited)
            .await
            .map(drop)
    }

    async fn change(&self, patch: ConversationPatch) -> Result<()> {
        let bob = Actor::User(self.bob);
        messaging::update_conversation(&self.tenant, bob, &IdOrExternalId::Id(self.group), patch)
            .await
            .map(drop)
    }

    async fn delete_message(&self, actor: Actor) -> Result<()> {
        messaging::delete_message(&self.tenant, actor, self.message)
            .await
            .map(drop)
    }

    async fn delete_conversation(&self, actor: Actor) -> Result<()> {
        messaging::delete_conversation(&self.tenant, actor, &IdOrExternalId::Id(self.group)).await
    }

    async fn go(&self, way: Way) -> Result<()> {
        match way {
            Way::DeleteOwnMessage => self.delete_message(Actor::User(self.ada)).await,
            Way::DeleteMessageAsOwner => self.delete_message(Actor::User(self.bob)).await,
            Way::DeleteMessageAsServer => self.delete_message(Actor::Server).await,
            Way::EditFullHistory => self.edit("the last straw").await,
            Way::DeleteConversationAsOwner => self.delete_conversation(Actor::User(self.bob)).await,
            Way::DeleteConversationAsServer => self.delete_conversation(Actor::Server).await,
            Way::Rename => {
                let name = Patch::Set("Crew".to_owned());
                self.change(ConversationPatch {
                    name,
                    ..ConversationPatch::default()
                })
                .await
            }
            Way::ClearMetadata => {
                let metadata = Patch::Clear;
                self.change(ConversationPatch {
                    metadata,
                    ..ConversationPatch::default()
                })
                .await
            }
            Way::DeleteUser => users::delete(&self.tenant, &IdOrExternalId::Id(self.ada))
                .await
                .map(|_| ()),
            Way::EraseUser => erasure::request(&self.tenant, &IdOrExternalId::Id(self.ada))
                .await
                .map(drop),
        }
    }

    async fn hold(&self, subject: RetentionSubject, legal_hold: bool) {
        set(
            &self.tenant,
            subject,
            Wanted {
                days: None,
                legal_hold,
            },
        )
        .await
        .unwrap();
    }

    /// Returns message and conversation with their versions.
    async fn state(&self) -> (Message, Conversation) {
        let message = self.tenant.get(self.message).await.unwrap().unwrap();
        let conversation = self.tenant.get(self.group).await.unwrap().unwrap();
        (message.doc, conversation.doc)
    }
}

#[tokio::test]
async fn held_content_cannot_be_removed_until_hold_is_lifted() {
    for way in ALL {
        let world = World::new();
        let scene = Scene::new(&world).await;
        let before = format!("{:?}", scene.state().await);
        let tenant = RetentionSubject::Tenant(scene.tenant.id());
        let user = (!way.spares_users()).then_some(RetentionSubject::User(scene.ada));
        let conversation =
            (!way.spares_conversations()).then_some(RetentionSubject::Conversation(scene.group));
        for subject in [Some(tenant), user, conversation].into_iter().flatten() {
            scene.hold(subject, true).await;
            let error = scene.go(way).await.expect_err("held");
            assert_eq!(
                error.code,
                ErrorCode::LegalHold,
                "{way:?} under {subject:?}"
            );
            assert_eq!(
                format!("{:?}", scene.state().await),
                before,
                "{way:?} under {subject:?}"
            );
            scene.hold(subject, false).await;
        }
        scene
            .go(way)
            .await
            .unwrap_or_else(|failure| panic!("{way:?}: {failure}"));
    }
}

#[tokio::test]
async fn edit_under_hold_succeeds_until_history_is_full() {
    let world = World::new();
    let scene = Scene::new(&world).await;
    let draft = Draft {
        content: Some("see".to_owned()),
        metadata: Some(store::RawJson(r#"{"n":1}"#.into())),
        ..Draft::default()
    };
    let group = IdOrExternalId::Id(scene.group);
    let sent = messaging::send(&scene.tenant, Actor::User(scene.ada), &group, draft)
        .await
        .unwrap()
        .message;
    scene
        .hold(RetentionSubject::Conversation(scene.group), true)
        .await;
    let edited = EditedMessage {
        metadata: Patch::Clear,
        ..EditedMessage::default()
    };
    let edited = messaging::edit(&scene.tenant, Actor::User(scene.ada), sent.id, edited)
        .await
        .unwrap();
    let history = edited.doc.history.unwrap().0;
    assert_eq!(history[0].metadata.as_deref(), Some(r#"{"n":1}"#));
    assert_eq!(history[0].content.as_deref(), Some("see"));
    assert_eq!(history[0].replaced_seq, Some(edited.doc.changed_seq.get()));
}

#[tokio::test]
async fn hold_on_a_deleted_conversation_can_be_lifted() {
    let world = World::new();
    let scene = Scene::new(&world).await;
    let subject = RetentionSubject::Conversation(scene.group);
    scene.delete_conversation(Actor::Server).await.unwrap();
    let found = messaging::find_even_deleted(&scene.tenant, &IdOrExternalId::Id(scene.group))
        .await
        .unwrap();
    assert_eq!(found, scene.group);
    scene.hold(subject, true).await;
    assert_eq!(
        scene.go(Way::EraseUser).await.unwrap_err().code,
        ErrorCode::LegalHold
    );
    scene.hold(subject, false).await;
    scene.go(Way::EraseUser).await.unwrap();
}

#[tokio::test]
async fn conversation_with_a_held_former_participant_is_kept() {
    let world = World::new();
    let scene = Scene::new(&world).await;
    let group = IdOrExternalId::Id(scene.group);
    messaging::add_participants(
        &scene.tenant,
        Actor::User(scene.bob),
        &group,
        &[IdOrExternalId::Id(scene.ada)],
        Role::Member,
    )
    .await
    .unwrap();
    messaging::leave(&scene.tenant, Actor::User(scene.ada), &group)
        .await
        .unwrap();
    scene.hold(RetentionSubject::User(scene.ada), true).await;
    assert_eq!(
        scene
            .go(Way::DeleteConversationAsOwner)
            .await
            .unwrap_err()
            .code,
        ErrorCode::LegalHold
    );
}
