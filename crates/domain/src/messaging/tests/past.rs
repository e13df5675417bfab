use std::ops::Bound;

use base::{Direction, ErrorCode, Id, IdOrExternalId, PageSize, Patch};

use super::{Scene, asked, begin, say, text};
use crate::Actor;
use crate::messaging::{
    Conversation, ConversationPatch, ConversationType, EditedMessage, Event, HistoryReader,
    Message, NewConversation, Role, add_participants, around, delete_message, edit,
    get_conversation, get_message, list_participants, react, read_log, remove_participant, send,
    sent_by, set_role, status, update_conversation,
};

fn edited(content: &str) -> EditedMessage {
    EditedMessage {
        content: Patch::Set(content.to_owned()),
        ..EditedMessage::default()
    }
}

/// Content added after Bob's second removal, in each form.
const ADDED_LATER: [&str; 3] = ["after", "later name", "laughing"];

/// A group that Bob has left for the second time, with content added after his removal.
struct AfterRemoval {
    scene: Scene,
    name: IdOrExternalId<Conversation>,
    /// The message that was edited between the removals and not since.
    edited: Id<Message>,
    /// The message that received a reaction after the removal.
    liked: Id<Message>,
    /// The message that was deleted after the removal.
    deleted: Id<Message>,
    /// Sequence number of the record of the second removal.
    removal: i64,
}

impl AfterRemoval {
    async fn new() -> Self {
        let scene = Scene::new().await;
        let new = NewConversation {
            name: Some("first name".to_owned()),
            ..asked(ConversationType::Group, &[scene.bob, scene.carol])
        };
        let created = begin(scene.tenant(), scene.alice, new).await;
        let group = created.view.conversation.id;
        let edited = say(scene.tenant(), scene.bob, group, "the first version").await;
        let liked = say(scene.tenant(), scene.alice, group, "funny").await;
        let deleted = say(scene.tenant(), scene.alice, group, "doomed").await;
        let mut after = Self {
            name: IdOrExternalId::Id(group),
            edited: edited.id,
            liked: liked.id,
            deleted: deleted.id,
            removal: 0,
            scene,
        };
        after.edit("the second version").await;
        after.set_role_of_carol(Role::Admin).await;
        let first = after.remove_bob().await;
        after.add_bob().await;
        after.edit("the third version").await;
        after.removal = after.remove_bob().await;
        assert!(after.removal > first);
        after.change_everything(group).await;
        after
    }

    fn alice(&self) -> Actor {
        Actor::User(self.scene.alice)
    }

    fn bob(&self) -> Actor {
        Actor::User(self.scene.bob)
    }

    async fn edit(&self, content: &str) {
        edit(
            self.scene.tenant(),
            self.bob(),
            self.edited,
            edited(content),
        )
        .await
        .unwrap();
    }

    async fn set_role_of_carol(&self, role: Role) {
        let carol = IdOrExternalId::Id(self.scene.carol);
        set_role(self.scene.tenant(), self.alice(), &self.name, &carol, role)
            .await
            .unwrap();
    }

    async fn add_bob(&self) {
        let bob = [IdOrExternalId::Id(self.scene.bob)];
        let tenant = self.scene.tenant();
        add_participants(tenant, self.alice(), &self.name, &bob, Role::Member)
            .await
            .unwrap();
    }

    /// Removes Bob and returns the sequence number of the record.
    async fn remove_bob(&self) -> i64 {
        let bob = IdOrExternalId::Id(self.scene.bob);
        let tenant = self.scene.tenant();
        remove_participant(tenant, self.alice(), &self.name, &bob)
            .await
            .unwrap();
        let view = get_conversation(tenant, self.alice(), &self.name).await;
        view.unwrap().head_seq
    }

    async fn change_everything(&self, group: Id<Conversation>) {
        let tenant = self.scene.tenant();
        let carol = Actor::User(self.scene.carol);
        react(tenant, carol, self.liked, ":laughing:")
            .await
            .unwrap();
        delete_message(tenant, self.alice(), self.deleted)
            .await
            .unwrap();
        let patch = ConversationPatch {
            name: Patch::Set("later name".to_owned()),
            ..ConversationPatch::default()
        };
        update_conversation(tenant, self.alice(), &self.name, patch)
            .await
            .unwrap();
        self.set_role_of_carol(Role::Member).await;
        say(tenant, self.scene.alice, group, "after").await;
    }
}

#[tokio::test]
async fn removed_participant_sees_state_as_of_removal() {
    let after = AfterRemoval::new().await;
    let tenant = after.scene.tenant();
    let bob = after.bob();
    let view = get_conversation(tenant, bob, &after.name).await.unwrap();
    assert!(view.is_past && view.membership.is_none());
    assert_eq!(view.head_seq, after.removal);
    assert_eq!(view.conversation.name, None);
    assert_eq!(view.last_message.unwrap().id, after.deleted);
    let edited = get_message(tenant, bob, after.edited).await.unwrap().0;
    assert_eq!(edited.content.as_deref(), Some("the third version"));
    let deleted = get_message(tenant, bob, after.deleted).await.unwrap().0;
    assert!(deleted.deleted_at.is_some() && deleted.content.is_none());
    let liked = get_message(tenant, bob, after.liked).await.unwrap().0;
    assert_eq!(liked.reactions, None);
}

#[tokio::test]
async fn removed_participant_cannot_list_participants_read_status_or_send() {
    let after = AfterRemoval::new().await;
    let tenant = after.scene.tenant();
    let bob = after.bob();
    let forward = Direction::Forward;
    let listed = list_participants(tenant, bob, &after.name, None, forward, PageSize::MAX).await;
    assert_eq!(listed.unwrap_err().code, ErrorCode::NotAParticipant);
    let status = status(tenant, bob, after.edited).await;
    assert_eq!(status.unwrap_err().code, ErrorCode::NotAParticipant);
    let sent = send(tenant, bob, &after.name, text("still here?")).await;
    assert_eq!(sent.unwrap_err().code, ErrorCode::NotAParticipant);
}

#[tokio::test]
async fn removed_participant_reads_log_and_history_up_to_removal() {
    let after = AfterRemoval::new().await;
    let tenant = after.scene.tenant();
    let bob = after.bob();
    let log = read_log(tenant, bob, &after.name, 0, Bound::Unbounded, PageSize::MAX)
        .await
        .unwrap();
    assert_eq!(log.events.last().unwrap().seq, after.removal);
    let promotion = log.events.iter().find_map(|record| match &record.event {
        Event::Participant { participant, .. } if participant.user_id == after.scene.carol => {
            Some(participant.role)
        }
        _ => None,
    });
    assert_eq!(promotion, Some(Role::Admin));
    let backward = Direction::Backward;
    let history = HistoryReader::default()
        .history(tenant, bob, &after.name, None, backward, PageSize::MAX)
        .await
        .unwrap();
    let near = around(tenant, bob, &after.name, after.edited, PageSize::MAX)
        .await
        .unwrap();
    let shown = format!("{:?} {:?} {:?}", log.events, history, near);
    for later in ADDED_LATER {
        assert!(!shown.contains(later), "{later} in {shown}");
    }
}

#[tokio::test]
async fn message_edited_after_removal_shows_earlier_content() {
    let scene = Scene::new().await;
    let tenant = scene.tenant();
    let alice = Actor::User(scene.alice);
    let bob = Actor::User(scene.bob);
    let group = scene.group().await;
    let name = IdOrExternalId::Id(group);
    let said = say(tenant, scene.alice, group, "the first version")
        .await
        .id;
    edit(tenant, alice, said, edited("the second version"))
        .await
        .unwrap();
    let own = say(tenant, scene.bob, group, "my own").await.id;
    remove_participant(tenant, alice, &name, &IdOrExternalId::Id(scene.bob))
        .await
        .unwrap();
    for later in ["the third version", "the fourth version"] {
        edit(tenant, alice, said, edited(later)).await.unwrap();
    }
    react(tenant, alice, own, ":laughing:").await.unwrap();
    let check = |message: &Message| {
        assert_eq!(message.content.as_deref(), Some("the second version"));
        assert!(message.edited_at.is_some());
    };
    check(&get_message(tenant, bob, said).await.unwrap().0);
    let history = HistoryReader::default()
        .history(tenant, bob, &name, None, Direction::Backward, PageSize::MAX)
        .await
        .unwrap();
    let mut messages = history.messages.iter();
    check(messages.find(|message| message.id == said).unwrap());
    let log = read_log(tenant, bob, &name, 0, Bound::Unbounded, base::PageSize::MAX)
        .await
        .unwrap();
    let mut events = 0;
    for event in log.events.iter().map(|record| &record.event) {
        if let Event::MessageNew(message) | Event::MessageUpdated(message) = event
            && message.id == said
        {
            check(message);
            events += 1;
        }
    }
    assert_eq!(events, 2);
    let listed = async |actor| {
        let listed = sent_by(
            tenant,
            actor,
            scene.bob,
            None,
            Direction::Forward,
            PageSize::MAX,
        );
        listed.await.unwrap().items.swap_remove(0)
    };
    assert_eq!(listed(bob).await.reactions, None);
    assert!(listed(Actor::Server).await.reactions.is_some());
    for at in 0..base::limit::MESSAGE_HISTORY {
        edit(tenant, alice, said, edited(&format!("version {at}")))
            .await
            .unwrap();
    }
    let forgotten = get_message(tenant, bob, said).await.unwrap().0;
    assert_eq!(forgotten.content, None);
    assert!(forgotten.deleted_at.is_none());
}

#[tokio::test]
async fn unchanged_conversation_keeps_name_for_former_participant() {
    let scene = Scene::new().await;
    let tenant = scene.tenant();
    let new = NewConversation {
        name: Some("Team".to_owned()),
        ..asked(ConversationType::Group, &[scene.bob])
    };
    let name = IdOrExternalId::Id(begin(tenant, scene.alice, new).await.view.conversation.id);
    remove_participant(
        tenant,
        Actor::User(scene.alice),
        &name,
        &IdOrExternalId::Id(scene.bob),
    )
    .await
    .unwrap();
    let view = get_conversation(tenant, Actor::User(scene.bob), &name)
        .await
        .unwrap();
    assert_eq!(view.conversation.name.as_deref(), Some("Team"));
}
