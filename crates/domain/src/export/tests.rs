use std::collections::BTreeSet;
use std::io::{Cursor, Read as _};

use base::{Id, IdOrExternalId, limit};
use bytes::Bytes;
use futures_util::stream;
use store::{Collection, Entity, TenantStore};

use super::*;
use crate::media::{self, FilePurpose, FileRules, NewFile};
use crate::messaging::{Conversation, ReadReceipt};
use crate::users::User;
use crate::world::{World, person};

/// Pages of one file.
const PAGES: usize = 4;

async fn mark(
    tenant: &TenantStore,
    user_id: Id<User>,
    conversation_id: Id<Conversation>,
) -> Entity<ReadReceipt> {
    let mut batch = tenant.batch();
    let get_or_create = batch.insert(ReadReceipt {
        conversation_id,
        user_id,
        read_seq: 1,
        delivered_seq: 1,
    });
    tenant.commit(batch).await.unwrap();
    get_or_create
}

/// Returns the ids in one file of the archive, in order.
fn ids(archive: &[u8], name: &str) -> Vec<String> {
    let mut archive = zip::ZipArchive::new(Cursor::new(archive)).unwrap();
    let mut text = String::new();
    archive
        .by_name(name)
        .unwrap()
        .read_to_string(&mut text)
        .unwrap();
    let line = |line: &str| {
        serde_json::from_str::<serde_json::Value>(line).unwrap()["id"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    text.lines().map(line).collect()
}

/// After each page, the document at which the next page would continue is removed, and others are
/// added before and after it.
#[tokio::test]
async fn document_present_throughout_is_exported_once() {
    let world = World::new();
    let acme = world.company("Acme").await.tenant;
    let ada = person(&acme, "ada").await;
    let mut places: Vec<Id<Conversation>> = (0..PAGES * limit::EXPORT_DOCUMENTS)
        .map(|_| acme.context().new_id())
        .collect();
    let earlier = places.remove(0);
    let later = places.pop().unwrap();
    let mut standing = BTreeSet::new();
    for place in places {
        standing.insert(mark(&acme, ada, place).await.id);
    }
    let mut archive = Archive::begin(&acme, &world.media.storage, &IdOrExternalId::Id(ada))
        .await
        .unwrap();
    let mut bytes = Vec::new();
    let mut gone = 0;
    while archive.write_some().await.unwrap() {
        if let Some(last) = archive.last_written(ReadReceipt::DECLARATION.name) {
            let mut batch = acme.batch();
            batch.remove(Id::<ReadReceipt>::new(last), true);
            acme.commit(batch).await.unwrap();
            standing.remove(&Id::new(last));
            gone += 1;
            if gone == 1 {
                mark(&acme, ada, earlier).await;
                standing.insert(mark(&acme, ada, later).await.id);
            }
        }
    }
    while let Some(more) = archive.next().await.unwrap() {
        bytes.extend(more);
    }
    assert_eq!(gone, PAGES - 1);
    let exported = ids(&bytes, "read_receipts.jsonl");
    let once: BTreeSet<_> = exported.iter().cloned().collect();
    assert_eq!(once.len(), exported.len(), "no duplicates");
    assert!(
        standing.iter().all(|id| once.contains(&id.to_string())),
        "each that stood"
    );
}

/// Housekeeping collections contain no personal data.
#[tokio::test]
async fn archive_omits_internal_collections() {
    let world = World::new();
    let acme = world.company("Acme").await.tenant;
    let ada = person(&acme, "ada").await;
    let mut archive = Archive::begin(&acme, &world.media.storage, &IdOrExternalId::Id(ada))
        .await
        .unwrap();
    let mut bytes = Vec::new();
    while let Some(more) = archive.next().await.unwrap() {
        bytes.extend(more);
    }
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    assert!(archive.by_name("users.jsonl").is_ok());
    assert!(
        ["outbox.jsonl", "idempotency_keys.jsonl"]
            .iter()
            .all(|name| archive.by_name(name).is_err())
    );
}

#[tokio::test]
async fn archive_contains_uploaded_files() {
    let world = World::new();
    let acme = world.company("Acme").await.tenant;
    let ada = person(&acme, "ada").await;
    let new = NewFile {
        user: Some(ada),
        // Ready without a job.
        purpose: FilePurpose::Encrypted,
        name: Some("a/b.bin".to_owned()),
        content_type: None,
        rules: FileRules::default(),
    };
    let large = Bytes::from(vec![7; 2_500_000]);
    let content = stream::iter([Ok(large.clone())]);
    let file = media::create(&acme, &world.media, new, content, 3_000_000)
        .await
        .unwrap();
    let mut archive = Archive::begin(&acme, &world.media.storage, &IdOrExternalId::Id(ada))
        .await
        .unwrap();
    let mut bytes = Vec::new();
    while let Some(more) = archive.next().await.unwrap() {
        bytes.extend(more);
    }
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut exported = Vec::new();
    archive
        .by_name(&format!("files/{}/a_b.bin", file.id))
        .unwrap()
        .read_to_end(&mut exported)
        .unwrap();
    assert_eq!(exported, large);
}
