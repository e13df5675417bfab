use base::{Direction, ErrorCode, IdOrExternalId, PageSize};
use store::Entity;

use super::{Scene, say};
use crate::Actor;
use crate::messaging::{HistoryReader, Message, around, delete_message, log_between, sent_by};

#[tokio::test]
async fn history_pages_in_both_directions_and_around_a_message() {
    let scene = Scene::new().await;
    let group = scene.group().await;
    let mut sent = Vec::new();
    for number in 0..10 {
        sent.push(say(scene.tenant(), scene.alice, group, &format!("{number}")).await);
    }
    let name = IdOrExternalId::Id(group);
    let five = PageSize::new(5).unwrap();
    let page = async |user, name, cursor, direction| {
        HistoryReader::default()
            .history(
                scene.tenant(),
                Actor::User(user),
                name,
                cursor,
                direction,
                five,
            )
            .await
    };
    let newest = page(scene.bob, &name, None, Direction::Backward)
        .await
        .unwrap();
    assert_eq!(seqs(&newest.messages), [11, 10, 9, 8, 7]);
    let last = Some(newest.messages[4].id);
    let older = page(scene.bob, &name, last, Direction::Backward)
        .await
        .unwrap();
    assert_eq!(older.messages[0].seq, 6);
    assert!(!older.more);
    let newer = page(scene.bob, &name, Some(sent[7].id), Direction::Forward)
        .await
        .unwrap();
    assert_eq!(seqs(&newer.messages), [10, 11]);
    let bob = Actor::User(scene.bob);
    let near = around(scene.tenant(), bob, &name, sent[4].id, five)
        .await
        .unwrap();
    assert_eq!(seqs(&near.messages), [4, 5, 6, 7, 8]);
    assert!(near.older && near.newer);
    let other = IdOrExternalId::Id(scene.group().await);
    let foreign = page(scene.alice, &other, Some(sent[0].id), Direction::Backward).await;
    assert_eq!(foreign.unwrap_err().code, ErrorCode::InvalidCursor);
}

fn seqs(messages: &[Entity<Message>]) -> Vec<i64> {
    messages.iter().map(|message| message.seq).collect()
}

#[tokio::test]
async fn log_has_all_records_timeline_only_messages() {
    let scene = Scene::new().await;
    let group = scene.group().await;
    let message = say(scene.tenant(), scene.alice, group, "a").await;
    delete_message(scene.tenant(), Actor::User(scene.alice), message.id)
        .await
        .unwrap();
    say(scene.tenant(), scene.alice, group, "b").await;
    let (_, records, more) = log_between(
        scene.tenant(),
        Actor::User(scene.bob),
        &IdOrExternalId::Id(group),
        0,
        std::ops::Bound::Unbounded,
        base::PageSize::MAX,
    )
    .await
    .unwrap();
    let kinds: Vec<_> = records
        .iter()
        .map(|record| (record.seq, record.kind.as_str()))
        .collect();
    assert_eq!(
        kinds,
        [
            (1, "creation"),
            (2, "message"),
            (3, "deletion"),
            (4, "message")
        ]
    );
    assert!(!more);
    let page = HistoryReader::default()
        .history(
            scene.tenant(),
            Actor::User(scene.bob),
            &IdOrExternalId::Id(group),
            None,
            Direction::Backward,
            PageSize::default(),
        )
        .await
        .unwrap();
    assert_eq!(
        page.messages
            .iter()
            .map(|message| message.seq)
            .collect::<Vec<_>>(),
        [4, 2]
    );
}

#[tokio::test]
async fn messages_of_a_user_are_listed_across_conversations_newest_first() {
    let scene = Scene::new().await;
    let one = scene.group().await;
    let two = scene.group().await;
    let first = say(scene.tenant(), scene.alice, one, "a").await;
    say(scene.tenant(), scene.bob, one, "not hers").await;
    let second = say(scene.tenant(), scene.alice, two, "b").await;
    let page = sent_by(
        scene.tenant(),
        Actor::Server,
        scene.alice,
        None,
        Direction::Backward,
        PageSize::default(),
    )
    .await
    .unwrap();
    assert_eq!(
        page.items
            .iter()
            .map(|message| message.id)
            .collect::<Vec<_>>(),
        [second.id, first.id]
    );
}
