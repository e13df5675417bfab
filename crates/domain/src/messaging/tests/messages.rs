use base::{Direction, ErrorCode, IdOrExternalId, PageSize, Patch};
use futures_util::future::join_all;

use super::{Scene, say, text};
use crate::Actor;
use crate::messaging::{
    Attachment, Draft, EditedMessage, HistoryReader, around, delete_message, edit, get_message,
    log_between, send, sent_by,
};

#[tokio::test]
async fn two_hundred_equal_sends_at_once_are_one_message() {
    let scene = Scene::new().await;
    let group = IdOrExternalId::Id(scene.group().await);
    let draft = Draft {
        client_message_id: Some("once".to_owned()),
        ..text("hello")
    };
    let sends = (0..200).map(|_| {
        send(
            scene.tenant(),
            Actor::User(scene.alice),
            &group,
            draft.clone(),
        )
    });
    let sent: Vec<_> = join_all(sends)
        .await
        .into_iter()
        .map(Result::unwrap)
        .collect();
    assert!(
        sent.iter()
            .all(|one| one.message.id == sent[0].message.id && one.message.seq == 2)
    );
    assert_eq!(sent.iter().filter(|one| !one.replayed).count(), 1);
    let other = send(
        scene.tenant(),
        Actor::User(scene.alice),
        &group,
        Draft {
            content: Some("other".to_owned()),
            ..draft
        },
    )
    .await;
    assert_eq!(other.unwrap_err().code, ErrorCode::ClientMessageIdReused);
}

#[tokio::test]
async fn concurrent_sends_number_the_log_without_holes() {
    let scene = Scene::new().await;
    let group = scene.group().await;
    let sends = (0..100).map(|number| {
        let by = if number % 2 == 0 {
            scene.alice
        } else {
            scene.bob
        };
        let tenant = scene.tenant();
        async move { say(tenant, by, group, &format!("{number}")).await.seq }
    });
    let mut seqs = join_all(sends).await;
    seqs.sort_unstable();
    assert_eq!(seqs, (2..=101).collect::<Vec<_>>());
    let stats = scene.world.store.stats();
    assert!(
        stats.records.get() > stats.runs.get(),
        "records that wait go together"
    );
}

#[tokio::test]
async fn an_edit_keeps_what_stood_and_a_deletion_wipes_all_of_it() {
    let scene = Scene::new().await;
    let group = scene.group().await;
    let message = say(scene.tenant(), scene.alice, group, "helo").await;
    let fixed = EditedMessage {
        content: Patch::Set("hello".to_owned()),
        ..EditedMessage::default()
    };
    let stranger = edit(
        scene.tenant(),
        Actor::User(scene.bob),
        message.id,
        fixed.clone(),
    )
    .await
    .unwrap_err();
    assert_eq!(stranger.code, ErrorCode::Forbidden);
    let edited = edit(
        scene.tenant(),
        Actor::User(scene.alice),
        message.id,
        fixed.clone(),
    )
    .await
    .unwrap();
    assert_eq!(edited.content.as_deref(), Some("hello"));
    assert_eq!(
        edited.history.as_ref().unwrap().0[0].content.as_deref(),
        Some("helo")
    );
    assert_eq!(
        (edited.seq, edited.changed_seq.get()),
        (message.seq, message.seq + 1)
    );
    let by_admin = delete_message(scene.tenant(), Actor::User(scene.alice), message.id)
        .await
        .unwrap();
    assert!(
        by_admin.deleted_at.is_some()
            && by_admin.content.is_none()
            && by_admin.history.is_none()
            && by_admin.fingerprint.is_none()
    );
    let again = delete_message(scene.tenant(), Actor::User(scene.alice), message.id)
        .await
        .unwrap();
    assert_eq!(
        again.changed_seq, by_admin.changed_seq,
        "deleting again writes nothing"
    );
    let late = edit(scene.tenant(), Actor::User(scene.alice), message.id, fixed)
        .await
        .unwrap_err();
    assert_eq!(late.code, ErrorCode::MessageNotFound);
}

#[tokio::test]
async fn an_admin_deletes_what_a_member_may_not() {
    let scene = Scene::new().await;
    let group = scene.group().await;
    let hers = say(scene.tenant(), scene.alice, group, "a").await;
    let his = say(scene.tenant(), scene.bob, group, "b").await;
    let member = delete_message(scene.tenant(), Actor::User(scene.bob), hers.id)
        .await
        .unwrap_err();
    assert_eq!(member.code, ErrorCode::RoleNotAllowed);
    assert!(
        delete_message(scene.tenant(), Actor::User(scene.alice), his.id)
            .await
            .unwrap()
            .deleted_at
            .is_some()
    );
}

#[tokio::test]
async fn history_runs_both_ways_and_around_a_message() {
    let scene = Scene::new().await;
    let group = scene.group().await;
    let mut sent = Vec::new();
    for number in 0..10 {
        sent.push(say(scene.tenant(), scene.alice, group, &format!("{number}")).await);
    }
    let bob = Actor::User(scene.bob);
    let name = IdOrExternalId::Id(group);
    let five = PageSize::new(5).unwrap();
    let newest = HistoryReader::default()
        .history(scene.tenant(), bob, &name, None, Direction::Backward, five)
        .await
        .unwrap();
    assert_eq!(
        newest
            .messages
            .iter()
            .map(|message| message.seq)
            .collect::<Vec<_>>(),
        [11, 10, 9, 8, 7]
    );
    let older = HistoryReader::default()
        .history(
            scene.tenant(),
            bob,
            &name,
            Some(newest.messages[4].id),
            Direction::Backward,
            five,
        )
        .await
        .unwrap();
    assert_eq!((older.messages[0].seq, older.more), (6, false));
    let newer = HistoryReader::default()
        .history(
            scene.tenant(),
            bob,
            &name,
            Some(sent[7].id),
            Direction::Forward,
            five,
        )
        .await
        .unwrap();
    assert_eq!(
        newer
            .messages
            .iter()
            .map(|message| message.seq)
            .collect::<Vec<_>>(),
        [10, 11]
    );
    let near = around(scene.tenant(), bob, &name, sent[4].id, five)
        .await
        .unwrap();
    assert_eq!(
        near.messages
            .iter()
            .map(|message| message.seq)
            .collect::<Vec<_>>(),
        [4, 5, 6, 7, 8]
    );
    assert!(near.older && near.newer);
    let foreign = scene.group().await;
    let wrong = HistoryReader::default()
        .history(
            scene.tenant(),
            Actor::User(scene.alice),
            &IdOrExternalId::Id(foreign),
            Some(sent[0].id),
            Direction::Backward,
            five,
        )
        .await;
    assert_eq!(wrong.unwrap_err().code, ErrorCode::InvalidCursor);
}

#[tokio::test]
async fn the_log_has_every_record_and_the_timeline_messages_only() {
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
async fn a_users_messages_are_found_across_conversations_the_newest_first() {
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

#[tokio::test]
async fn a_draft_out_of_bounds_is_refused_with_its_place_and_nothing_is_stored() {
    let scene = Scene::new().await;
    let group = IdOrExternalId::Id(scene.group().await);
    let cases = [
        (text(""), "/content"),
        (text("a\0b"), "/content"),
        (
            text(&"x".repeat(base::limit::MESSAGE_CHARACTERS + 1)),
            "/content",
        ),
        (
            Draft {
                client_message_id: Some("ü".to_owned()),
                ..text("a")
            },
            "/client_message_id",
        ),
        (
            Draft {
                metadata: Some(store::RawJson(r#"{"$ne":1}"#.into())),
                ..text("a")
            },
            "/metadata",
        ),
        (
            Draft {
                r#type: Some("TEXT".to_owned()),
                ..text("a")
            },
            "/type",
        ),
    ];
    for (draft, place) in cases {
        let refused = send(scene.tenant(), Actor::User(scene.alice), &group, draft)
            .await
            .unwrap_err();
        assert_eq!(
            (refused.code, &*refused.faults[0].pointer),
            (ErrorCode::InvalidRequest, place)
        );
    }
    let (_, records, _) = log_between(
        scene.tenant(),
        Actor::Server,
        &group,
        0,
        std::ops::Bound::Unbounded,
        base::PageSize::MAX,
    )
    .await
    .unwrap();
    assert_eq!(records.len(), 1);
}

#[tokio::test]
async fn a_message_has_a_largest_size_in_all() {
    let scene = Scene::new().await;
    let group = IdOrExternalId::Id(scene.group().await);
    let characters = (base::limit::MESSAGE_BYTES - "text".len()) / "😀".len();
    let sent = async |characters| {
        send(
            scene.tenant(),
            Actor::User(scene.alice),
            &group,
            text(&"😀".repeat(characters)),
        )
        .await
    };
    assert!(sent(characters).await.is_ok());
    assert_eq!(
        sent(characters + 1).await.unwrap_err().code,
        ErrorCode::InvalidRequest
    );
}

#[tokio::test]
async fn whatever_differs_makes_another_message_under_the_same_id() {
    let scene = Scene::new().await;
    let group = IdOrExternalId::Id(scene.group().await);
    let attachment = Attachment {
        r#type: "image".to_owned(),
        url: "https://example.com/a".to_owned(),
        name: None,
        size: None,
        mime_type: None,
    };
    let first = Draft {
        attachments: vec![attachment.clone()],
        content: None,
        ..text("")
    };
    let first = Draft {
        client_message_id: Some("once".to_owned()),
        ..first
    };
    let sent = async |draft: &Draft| {
        send(
            scene.tenant(),
            Actor::User(scene.alice),
            &group,
            draft.clone(),
        )
        .await
    };
    let stands = sent(&first).await.unwrap().message.id;
    for same in [
        Draft {
            content: Some(String::new()),
            ..first.clone()
        },
        Draft {
            r#type: None,
            ..first.clone()
        },
    ] {
        assert_eq!(sent(&same).await.unwrap().message.id, stands);
    }
    let others = [
        Draft {
            content: Some("a".to_owned()),
            ..first.clone()
        },
        Draft {
            r#type: Some("note".to_owned()),
            ..first.clone()
        },
        Draft {
            attachments: vec![Attachment {
                size: Some(1),
                ..attachment
            }],
            ..first.clone()
        },
        Draft {
            metadata: Some(store::RawJson("{}".into())),
            ..first.clone()
        },
    ];
    for other in others {
        assert_eq!(
            sent(&other).await.unwrap_err().code,
            ErrorCode::ClientMessageIdReused,
            "{other:?}"
        );
    }
}

#[tokio::test]
async fn a_message_of_another_tenant_is_as_one_that_is_not_there() {
    let scene = Scene::new().await;
    let group = scene.group().await;
    let message = say(scene.tenant(), scene.alice, group, "secret").await;
    let other = scene.world.company("Other").await;
    let foreign = get_message(&other.tenant, Actor::Server, message.id)
        .await
        .unwrap_err();
    let absent = get_message(
        &other.tenant,
        Actor::Server,
        other.tenant.context().new_id(),
    )
    .await
    .unwrap_err();
    assert_eq!((foreign.code, foreign.detail), (absent.code, absent.detail));
}
