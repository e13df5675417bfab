use base::{Id, IdOrExternalId};

use super::{Scene, say};
use crate::Actor;
use crate::messaging::{
    Event, Receipts, Status, advance_receipt, events, log_between, react, status, unread_total,
};

#[tokio::test]
async fn receipts_never_decrease_or_exceed_the_log() {
    let scene = Scene::new().await;
    let group = scene.group().await;
    let name = IdOrExternalId::Id(group);
    let message = say(scene.tenant(), scene.alice, group, "hi").await;
    let raise = async |read_seq, delivered_seq| {
        advance_receipt(
            scene.tenant(),
            Actor::User(scene.bob),
            &name,
            Receipts {
                read_seq,
                delivered_seq,
            },
        )
        .await
        .unwrap()
    };
    assert_eq!(
        raise(0, 2).await,
        Receipts {
            read_seq: 0,
            delivered_seq: 2
        }
    );
    let status_of_bob = async || {
        status(scene.tenant(), Actor::User(scene.alice), message.id)
            .await
            .unwrap()[0]
            .status
    };
    assert_eq!(status_of_bob().await, Status::Delivered);
    assert_eq!(
        raise(99, 0).await,
        Receipts {
            read_seq: 2,
            delivered_seq: 2
        }
    );
    assert_eq!(
        raise(1, 1).await,
        Receipts {
            read_seq: 2,
            delivered_seq: 2
        }
    );
    assert_eq!(status_of_bob().await, Status::Read);
}

#[tokio::test]
async fn unread_total_counts_conversations_and_messages() {
    let scene = Scene::new().await;
    let one = scene.group().await;
    let two = scene.group().await;
    for (group, count) in [(one, 3), (two, 1)] {
        for number in 0..count {
            say(scene.tenant(), scene.alice, group, &format!("{number}")).await;
        }
    }
    let unread = unread_total(scene.tenant(), scene.bob).await.unwrap();
    assert_eq!((unread.messages, unread.conversations), (4, 2));
    advance_receipt(
        scene.tenant(),
        Actor::User(scene.bob),
        &IdOrExternalId::Id(two),
        Receipts {
            read_seq: 9,
            delivered_seq: 9,
        },
    )
    .await
    .unwrap();
    let unread = unread_total(scene.tenant(), scene.bob).await.unwrap();
    assert_eq!((unread.messages, unread.conversations), (3, 1));
}

#[tokio::test]
async fn each_record_yields_one_event_with_current_state() {
    let scene = Scene::new().await;
    let group = scene.group().await;
    let message = say(scene.tenant(), scene.alice, group, "hi").await;
    react(scene.tenant(), Actor::User(scene.bob), message.id, "👍")
        .await
        .unwrap();
    crate::messaging::delete_message(scene.tenant(), Actor::User(scene.alice), message.id)
        .await
        .unwrap();
    let (_, records, _) = log_between(
        scene.tenant(),
        Actor::Server,
        &IdOrExternalId::Id(group),
        0,
        std::ops::Bound::Unbounded,
        base::PageSize::MAX,
    )
    .await
    .unwrap();
    let events = events(scene.tenant(), records).await.unwrap();
    assert_eq!(
        events.iter().map(|event| event.seq).collect::<Vec<_>>(),
        [1, 2, 3, 4]
    );
    assert!(
        matches!(&events[0].event, Event::ConversationCreated(conversation) if conversation.id == Id::new(group.object_id()))
    );
    assert!(
        matches!(&events[1].event, Event::MessageNew(new) if new.content.is_none()),
        "the event has the current state, which is deleted"
    );
    assert!(matches!(
        &events[2].event,
        Event::Reaction { added: true, .. }
    ));
    assert!(
        matches!(&events[3].event, Event::MessageDeleted(tombstone) if tombstone.deleted_at.is_some())
    );
}
