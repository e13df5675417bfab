use base::{ErrorCode, IdOrExternalId};
use bytes::Bytes;
use futures_util::stream;

use super::{FileJob, delete};
use crate::Actor;
use crate::media::{self, FilePurpose, FileState, Media, NewFile};
use crate::messaging::{Attachment, ConversationType, Draft, NewConversation, create, send};
use crate::world::{World, person};

#[tokio::test]
async fn retry_of_a_send_whose_file_was_deleted_returns_the_message() {
    let world = World::new();
    let acme = world.company("Acme").await.tenant;
    let ada = person(&acme, "ada").await;
    let actor = Actor::User(ada);
    let new = NewConversation::new(ConversationType::Group, Vec::new());
    let group = create(&acme, actor, new)
        .await
        .unwrap()
        .view
        .conversation
        .id;
    let new = NewFile {
        user: Some(ada),
        purpose: FilePurpose::Attachment,
        name: Some("a.txt".to_owned()),
        content_type: Some("text/plain".to_owned()),
        rules: media::FileRules::default(),
    };
    let content = stream::iter([Ok(Bytes::from_static(b"text"))]);
    let file = media::create(&acme, &world.media, new, content, 1_000)
        .await
        .unwrap();
    let draft = Draft {
        client_message_id: Some("once".to_owned()),
        attachments: vec![Attachment {
            file_id: Some(file.id),
            ..Attachment::default()
        }],
        ..Draft::default()
    };
    let group = IdOrExternalId::Id(group);
    let sent = async |draft: &Draft| send(&acme, actor, &group, draft.clone()).await;
    let first = sent(&draft).await.unwrap().message.id;
    delete(&acme, actor, file.id).await.unwrap();
    let again = sent(&draft).await.unwrap();
    assert_eq!((again.message.id, again.replayed), (first, true));
    let other = Draft {
        content: Some("another message".to_owned()),
        ..draft.clone()
    };
    let reused = sent(&other).await.unwrap_err();
    assert_eq!(reused.code, ErrorCode::ClientMessageIdReused);
    let new = Draft {
        client_message_id: None,
        ..draft
    };
    let rejected = sent(&new).await.unwrap_err();
    assert_eq!(rejected.code, ErrorCode::InvalidRequest);
}

#[tokio::test]
async fn file_is_not_ready_while_the_virus_scanner_is_unavailable() {
    let world = World::new();
    let acme = world.company("Acme").await.tenant;
    let new = NewFile {
        user: None,
        purpose: FilePurpose::Attachment,
        name: None,
        content_type: None,
        rules: media::FileRules::default(),
    };
    let content = stream::iter([Ok(Bytes::from_static(b"text"))]);
    let media = Media {
        scanner: Some("unix:/missing/socket".parse().unwrap()),
        ..world.media.clone()
    };
    let file = media::create(&acme, &media, new, content, 1_000)
        .await
        .unwrap();
    let mut job = FileJob::lease(&acme, &media, file.id)
        .await
        .unwrap()
        .unwrap();
    let error = job.step().await.unwrap_err();
    assert_eq!(error.code, ErrorCode::Unavailable);
    let file = media::get(&acme, file.id).await.unwrap();
    assert_eq!(file.state, FileState::Processing);
}
