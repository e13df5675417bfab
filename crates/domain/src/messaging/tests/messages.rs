use base::{ErrorCode, IdOrExternalId, Patch};
use futures_util::future::join_all;

use super::{Scene, say, text};
use crate::Actor;
use crate::messaging::{
    Attachment, Draft, EditedMessage, delete_message, edit, get_message, log_between, send,
};

#[tokio::test]
async fn concurrent_retries_of_a_send_store_one_message() {
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
async fn concurrent_sends_produce_no_gaps_in_the_log() {
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
        "pending records share a batch"
    );
}

#[tokio::test]
async fn edit_keeps_history_and_deletion_clears_it() {
    let scene = Scene::new().await;
    let group = scene.group().await;
    let message = say(scene.tenant(), scene.alice, group, "helo").await;
    let fixed = EditedMessage {
        content: Patch::Set("hello".to_owned()),
        ..EditedMessage::default()
    };
    let by_other = edit(
        scene.tenant(),
        Actor::User(scene.bob),
        message.id,
        fixed.clone(),
    )
    .await
    .unwrap_err();
    assert_eq!(by_other.code, ErrorCode::Forbidden);
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
async fn admin_deletes_message_that_member_may_not() {
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
async fn invalid_draft_is_rejected_with_pointer_and_not_stored() {
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
    for (draft, pointer) in cases {
        let error = send(scene.tenant(), Actor::User(scene.alice), &group, draft)
            .await
            .unwrap_err();
        assert_eq!(
            (error.code, &*error.faults[0].pointer),
            (ErrorCode::InvalidRequest, pointer)
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
async fn message_above_total_size_is_rejected() {
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
async fn reused_client_message_id_with_any_difference_is_rejected() {
    let scene = Scene::new().await;
    let group = IdOrExternalId::Id(scene.group().await);
    let attachment = Attachment {
        r#type: "image".to_owned(),
        url: Some("https://example.com/a".to_owned()),
        ..Attachment::default()
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
    let stored = sent(&first).await.unwrap().message.id;
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
        assert_eq!(sent(&same).await.unwrap().message.id, stored);
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
async fn message_of_another_tenant_is_not_found() {
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
