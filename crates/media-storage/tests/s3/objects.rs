use std::time::Duration;

use futures_util::TryStreamExt as _;
use media_storage::{Download, STORE_ID};
use object_store::multipart::PartId;
use object_store::path::Path;
use object_store::{Error, GetOptions, GetRange, ObjectStoreExt as _, PutMode};

use crate::service::{PART, Service, content, key, open};

#[tokio::test]
async fn object_is_stored_read_listed_copied_and_deleted() {
    let Some(service) = Service::start() else {
        return;
    };
    let objects = service.storage().objects();
    let stored = content(300_000);
    objects
        .put(&key("original"), stored.clone().into())
        .await
        .unwrap();
    let meta = objects.head(&key("original")).await.unwrap();
    assert_eq!(meta.size, 300_000);
    let read = objects.get(&key("original")).await.unwrap();
    assert_eq!(read.bytes().await.unwrap(), stored);
    objects.copy(&key("original"), &key("copy")).await.unwrap();
    let listed: Vec<_> = objects
        .list(Some(&Path::from("tenant")))
        .try_collect()
        .await
        .unwrap();
    let mut names: Vec<_> = listed.into_iter().map(|meta| meta.location).collect();
    names.sort();
    assert_eq!(names, [key("copy"), key("original")]);
    objects.delete(&key("original")).await.unwrap();
    let missing = objects.get(&key("original")).await.unwrap_err();
    assert!(matches!(missing, Error::NotFound { .. }), "{missing:?}");
    let copy = objects.get(&key("copy")).await.unwrap();
    assert_eq!(copy.bytes().await.unwrap(), stored);
}

#[tokio::test]
async fn upload_in_parts_is_continued_by_another_node_and_read_by_range() {
    let Some(service) = Service::start() else {
        return;
    };
    let whole = content(4 * PART - 1);
    let first_node = service.storage().multipart().unwrap();
    let upload = first_node.create_multipart(&key("video")).await.unwrap();
    let mut parts: Vec<PartId> = Vec::new();
    let video = key("video");
    for (index, part) in whole.chunks(PART).enumerate() {
        let node = service.storage().multipart().unwrap();
        let part = node.put_part(&video, &upload, index, part.to_vec().into());
        parts.push(part.await.unwrap());
    }
    assert_eq!(parts.len(), 4);
    let last_node = service.storage();
    let completed = last_node.multipart().unwrap();
    completed
        .complete_multipart(&key("video"), &upload, parts)
        .await
        .unwrap();
    let objects = last_node.objects();
    assert_eq!(
        objects.head(&key("video")).await.unwrap().size,
        whole.len() as u64
    );
    // Across the border of two parts, and the end.
    let border = PART as u64 - 10..PART as u64 + 10;
    let range = objects.get_range(&key("video"), border).await.unwrap();
    assert_eq!(range, whole[PART - 10..PART + 10]);
    let end = GetOptions {
        range: Some(GetRange::Suffix(1_300)),
        ..GetOptions::default()
    };
    let end = objects.get_opts(&key("video"), end).await.unwrap();
    assert_eq!(end.bytes().await.unwrap(), whole[whole.len() - 1_300..]);
    let read = objects.get(&key("video")).await.unwrap();
    assert!(read.bytes().await.unwrap() == whole);
}

#[tokio::test]
async fn aborted_upload_leaves_no_object() {
    let Some(service) = Service::start() else {
        return;
    };
    let multipart = service.storage().multipart().unwrap();
    let upload = multipart.create_multipart(&key("video")).await.unwrap();
    let part = content(PART);
    let part = multipart
        .put_part(&key("video"), &upload, 0, part.into())
        .await
        .unwrap();
    multipart
        .abort_multipart(&key("video"), &upload)
        .await
        .unwrap();
    let late = multipart
        .complete_multipart(&key("video"), &upload, vec![part])
        .await;
    assert!(late.is_err(), "{late:?}");
    let missing = service.storage().objects().head(&key("video")).await;
    assert!(
        matches!(missing, Err(Error::NotFound { .. })),
        "{missing:?}"
    );
}

#[tokio::test]
async fn existing_object_is_not_replaced_in_create_mode() {
    let Some(service) = Service::start() else {
        return;
    };
    let storage = service.storage();
    assert_eq!(storage.store_id().await.unwrap(), None);
    let first = "0".repeat(32);
    assert_eq!(storage.create_store_id(&first).await.unwrap(), first);
    let second = storage.create_store_id(&"1".repeat(32)).await.unwrap();
    assert_eq!(second, first);
    let objects = storage.objects();
    let path = Path::from(STORE_ID);
    let again = objects.put_opts(&path, "x".into(), PutMode::Create.into());
    let again = again.await.unwrap_err();
    assert!(matches!(again, Error::AlreadyExists { .. }), "{again:?}");
    objects.put(&key("original"), "bytes".into()).await.unwrap();
    // The prefix separates storages in one bucket.
    let other = object_store::prefix::PrefixStore::new(storage.objects(), "other");
    assert!(other.head(&Path::from(STORE_ID)).await.is_err());
}

#[tokio::test]
async fn wrong_secret_or_bucket_is_a_typed_error_without_the_secret() {
    let Some(service) = Service::start() else {
        return;
    };
    let mut options = service.options();
    options.secret_access_key = "canary-secret".to_owned();
    let wrong = open(options).objects();
    let denied = wrong
        .put(&key("original"), "bytes".into())
        .await
        .unwrap_err();
    assert!(
        matches!(denied, Error::PermissionDenied { .. }),
        "{denied:?}"
    );
    assert!(!format!("{denied:?}").contains("canary-secret"));
    let missing = service.storage().objects().head(&key("original")).await;
    assert!(
        matches!(missing, Err(Error::NotFound { .. })),
        "{missing:?}"
    );
}

#[tokio::test]
async fn presigned_url_downloads_one_object_with_its_headers() {
    let Some(service) = Service::start() else {
        return;
    };
    let storage = service.storage();
    storage
        .objects()
        .put(&key("original"), "bytes".into())
        .await
        .unwrap();
    let download = Download {
        content_type: Some("image/png".to_owned()),
        content_disposition: Some("attachment; filename=\"a b.png\"".to_owned()),
        cache_control: Some("private, max-age=900".to_owned()),
    };
    let hour = Duration::from_hours(1);
    let presigned = storage.presign(&key("original"), hour, download).await;
    let url = presigned.unwrap().unwrap();
    let response = service
        .download(url.clone())
        .await
        .unwrap()
        .success()
        .unwrap();
    assert_eq!(response.headers["content-type"], "image/png");
    assert_eq!(
        response.headers["content-disposition"],
        "attachment; filename=\"a b.png\""
    );
    assert_eq!(response.headers["cache-control"], "private, max-age=900");
    assert_eq!(response.body.bytes().await.unwrap(), "bytes");
    for forged in [
        url.as_str().replace("original", "other"),
        url.as_str().replace("image%2Fpng", "text%2Fhtml"),
        url.as_str()
            .replace("X-Amz-Expires=3600", "X-Amz-Expires=7200"),
    ] {
        assert_ne!(forged, url.as_str());
        let response = service.download(forged.parse().unwrap()).await.unwrap();
        assert_eq!(response.status.as_u16(), 403, "{forged}");
    }
    let mut options = service.options();
    options.presigned_downloads = false;
    let storage = open(options);
    let presigned = storage
        .presign(&key("original"), hour, Download::default())
        .await;
    assert!(presigned.unwrap().is_none());
}

#[tokio::test]
async fn versioned_bucket_is_recognized() {
    let Some(service) = Service::start() else {
        return;
    };
    let storage = service.storage();
    assert!(!storage.is_versioned().await.unwrap());
    service.enable_versions().await;
    assert!(storage.is_versioned().await.unwrap());
}
