use std::ops::Bound;

use base::{Direction, ErrorCode, IdOrExternalId, PageSize, Patch};

use super::{Scene, asked, begin, say, text};
use crate::Actor;
use crate::messaging::{
    ConversationPatch, ConversationType, EditedMessage, Event, HistoryReader, Message,
    NewConversation, Role, add_participants, around, create, delete_message, edit,
    get_conversation, get_message, list_participants, react, read_log, remove_participant, send,
    sent_by, set_role, status, update_conversation,
};

fn edited(content: &str) -> EditedMessage {
    EditedMessage {
        content: Patch::Set(content.to_owned()),
        ..EditedMessage::default()
    }
}

/// Content added after Bob's removal, in each form.
const ADDED_LATER: [&str; 4] = ["the third version", "after", "later name", "laughing"];

#[tokio::test]
async fn removed_participant_sees_everything_as_of_the_removal() {
    let scene = Scene::new().await;
    let tenant = scene.tenant();
    let alice = Actor::User(scene.alice);
    let bob = Actor::User(scene.bob);
    let carol = Actor::User(scene.carol);
    let new = NewConversation {
        name: Some("first name".to_owned()),
        ..asked(ConversationType::Group, &[scene.bob, scene.carol])
    };
    let group = create(tenant, alice, new)
        .await
        .unwrap()
        .view
        .conversation
        .id;
    let name = IdOrExternalId::Id(group);
    let said = say(tenant, scene.bob, group, "the first version").await.id;
    edit(tenant, bob, said, edited("the second version"))
        .await
        .unwrap();
    let liked = say(tenant, scene.alice, group, "funny").await.id;
    let doomed = say(tenant, scene.alice, group, "doomed").await.id;
    set_role(
        tenant,
        alice,
        &name,
        &IdOrExternalId::Id(scene.carol),
        Role::Admin,
    )
    .await
    .unwrap();
    remove_participant(tenant, alice, &name, &IdOrExternalId::Id(scene.bob))
        .await
        .unwrap();
    let removal = get_conversation(tenant, alice, &name)
        .await
        .unwrap()
        .head_seq;

    let again = &[IdOrExternalId::Id(scene.bob)];
    add_participants(tenant, alice, &name, again, Role::Member)
        .await
        .unwrap();
    edit(tenant, bob, said, edited("the third version"))
        .await
        .unwrap();
    remove_participant(tenant, alice, &name, &IdOrExternalId::Id(scene.bob))
        .await
        .unwrap();
    let second = get_conversation(tenant, alice, &name)
        .await
        .unwrap()
        .head_seq;
    assert!(second > removal);
    assert_eq!(
        get_message(tenant, bob, said)
            .await
            .unwrap()
            .0
            .content
            .as_deref(),
        Some("the third version")
    );

    react(tenant, carol, liked, ":laughing:").await.unwrap();
    delete_message(tenant, alice, doomed).await.unwrap();
    let patch = ConversationPatch {
        name: Patch::Set("later name".to_owned()),
        ..ConversationPatch::default()
    };
    update_conversation(tenant, alice, &name, patch)
        .await
        .unwrap();
    set_role(
        tenant,
        alice,
        &name,
        &IdOrExternalId::Id(scene.carol),
        Role::Member,
    )
    .await
    .unwrap();
    say(tenant, scene.alice, group, "after").await;

    let view = get_conversation(tenant, bob, &name).await.unwrap();
    assert!(view.is_past && view.mine.is_none());
    assert_eq!(view.head_seq, second);
    assert_eq!(view.conversation.name, None);
    assert_eq!(view.last_message.unwrap().id, doomed);
    let deleted = get_message(tenant, bob, doomed).await.unwrap().0;
    assert!(deleted.deleted_at.is_some() && deleted.content.is_none());
    assert_eq!(
        get_message(tenant, bob, liked).await.unwrap().0.reactions,
        None
    );

    for code in [
        list_participants(tenant, bob, &name, None, Direction::Forward, PageSize::MAX)
            .await
            .unwrap_err()
            .code,
        status(tenant, bob, said).await.unwrap_err().code,
        send(tenant, bob, &name, text("still here?"))
            .await
            .unwrap_err()
            .code,
    ] {
        assert_eq!(code, ErrorCode::NotAParticipant);
    }
    let log = read_log(tenant, bob, &name, 0, Bound::Unbounded, base::PageSize::MAX)
        .await
        .unwrap();
    assert_eq!(log.told.last().unwrap().seq, second);
    let promotion = log.told.iter().find_map(|told| match &told.event {
        Event::Participant { participant, .. } if participant.user_id == scene.carol => {
            Some(participant.role)
        }
        _ => None,
    });
    assert_eq!(promotion, Some(Role::Admin));
    let history = HistoryReader::default()
        .history(tenant, bob, &name, None, Direction::Backward, PageSize::MAX)
        .await
        .unwrap();
    let near = around(tenant, bob, &name, said, PageSize::MAX)
        .await
        .unwrap();
    let shown = format!("{:?} {:?} {:?}", log.told, history, near);
    for later in ADDED_LATER.iter().skip(1) {
        assert!(!shown.contains(later), "{later} in {shown}");
    }
}

#[tokio::test]
async fn message_that_was_edited_after_the_removal_shows_the_content_that_stood() {
    let scene = Scene::new().await;
    let tenant = scene.tenant();
    let alice = Actor::User(scene.alice);
    let bob = Actor::User(scene.bob);
    let name = IdOrExternalId::Id(scene.group().await);
    let IdOrExternalId::Id(group) = name else {
        unreachable!()
    };
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
    edit(tenant, alice, said, edited("the third version"))
        .await
        .unwrap();
    edit(tenant, alice, said, edited("the fourth version"))
        .await
        .unwrap();
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
    check(
        history
            .messages
            .iter()
            .find(|message| message.id == said)
            .unwrap(),
    );
    let log = read_log(tenant, bob, &name, 0, Bound::Unbounded, base::PageSize::MAX)
        .await
        .unwrap();
    let mut told = 0;
    for event in log.told.iter().map(|told| &told.event) {
        if let Event::MessageNew(message) | Event::MessageUpdated(message) = event
            && message.id == said
        {
            check(message);
            told += 1;
        }
    }
    assert_eq!(told, 2);
    let mine = sent_by(
        tenant,
        bob,
        scene.bob,
        None,
        Direction::Forward,
        PageSize::MAX,
    )
    .await
    .unwrap();
    assert_eq!(mine.items[0].reactions, None);
    let servers = sent_by(
        tenant,
        Actor::Server,
        scene.bob,
        None,
        Direction::Forward,
        PageSize::MAX,
    )
    .await
    .unwrap();
    assert!(servers.items[0].reactions.is_some());
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
async fn unchanged_conversation_keeps_its_name_for_who_left() {
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
