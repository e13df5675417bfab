//! Faults of the service: an operation is repeated or fails, and never yields another object.

use std::error::Error as _;
use std::time::Duration;

use object_store::{Error, ObjectStoreExt as _};

use crate::service::{Fault, PART, Service, content, key, open};

const ALWAYS: u32 = 1_000;

const fn on(method: &'static str, kind: &'static str, count: u32) -> Fault {
    Fault {
        kind,
        method,
        key: "/tenant/file/",
        count,
    }
}

#[tokio::test]
async fn request_is_repeated_after_server_errors() {
    let Some(service) = Service::start() else {
        return;
    };
    let objects = service.storage().objects();
    let stored = content(100_000);
    service.inject(on("PUT", "error", 2)).await;
    objects
        .put(&key("original"), stored.clone().into())
        .await
        .unwrap();
    service.inject(on("GET", "error", 2)).await;
    let read = objects.get(&key("original")).await.unwrap();
    assert_eq!(read.bytes().await.unwrap(), stored);
    service.inject(on("DELETE", "error", 1)).await;
    service
        .inject(Fault {
            method: "POST",
            key: "?delete",
            ..on("POST", "error", 2)
        })
        .await;
    objects.delete(&key("original")).await.unwrap();
}

#[tokio::test]
async fn lasting_server_error_is_returned() {
    let Some(service) = Service::start() else {
        return;
    };
    let objects = service.storage().objects();
    service.inject(on("PUT", "error", ALWAYS)).await;
    let failed = objects
        .put(&key("original"), "bytes".into())
        .await
        .unwrap_err();
    assert!(matches!(failed, Error::Generic { .. }), "{failed:?}");
    let missing = objects.head(&key("original")).await;
    assert!(
        matches!(missing, Err(Error::NotFound { .. })),
        "{missing:?}"
    );
}

#[tokio::test]
async fn lost_answer_of_a_write_is_repeated_with_the_same_object() {
    let Some(service) = Service::start() else {
        return;
    };
    let objects = service.storage().objects();
    let stored = content(100_000);
    service.inject(on("PUT", "lost answer", 1)).await;
    objects
        .put(&key("original"), stored.clone().into())
        .await
        .unwrap();
    let read = objects.get(&key("original")).await.unwrap();
    assert_eq!(read.bytes().await.unwrap(), stored);
}

#[tokio::test]
async fn download_that_is_cut_continues_where_it_ended() {
    let Some(service) = Service::start() else {
        return;
    };
    let objects = service.storage().objects();
    let stored = content(3_000_000);
    objects
        .put(&key("original"), stored.clone().into())
        .await
        .unwrap();
    service.inject(on("GET", "cut", 2)).await;
    let read = objects.get(&key("original")).await.unwrap();
    assert!(read.bytes().await.unwrap() == stored);
    service.inject(on("GET", "cut", 1)).await;
    let range = objects.get_range(&key("original"), 1_000..900_000).await;
    assert!(range.unwrap() == stored[1_000..900_000]);
    service.inject(on("GET", "cut", ALWAYS)).await;
    let read = objects.get(&key("original")).await.unwrap();
    let failed = read.bytes().await.unwrap_err();
    assert!(matches!(failed, Error::Generic { .. }), "{failed:?}");
}

#[tokio::test]
async fn download_is_not_continued_with_another_object() {
    let Some(service) = Service::start() else {
        return;
    };
    let objects = service.storage().objects();
    objects
        .put(&key("original"), content(3_000_000).into())
        .await
        .unwrap();
    // The etag of the first response does not match that of the second.
    service.inject(on("GET", "cut and wrong etag", 1)).await;
    let read = objects.get(&key("original")).await.unwrap();
    assert!(read.bytes().await.is_err());
}

#[tokio::test]
async fn part_with_a_wrong_etag_is_not_assembled() {
    let Some(service) = Service::start() else {
        return;
    };
    let storage = service.storage();
    let multipart = storage.multipart().unwrap();
    let upload = multipart.create_multipart(&key("video")).await.unwrap();
    service
        .inject(Fault {
            key: "partNumber=2",
            ..on("PUT", "wrong etag", 1)
        })
        .await;
    let mut parts = Vec::new();
    let video = key("video");
    for index in 0..2 {
        let part = multipart.put_part(&video, &upload, index, content(PART).into());
        parts.push(part.await.unwrap());
    }
    let failed = multipart
        .complete_multipart(&key("video"), &upload, parts)
        .await;
    assert!(failed.is_err(), "{failed:?}");
    let missing = storage.objects().head(&key("video")).await;
    assert!(
        matches!(missing, Err(Error::NotFound { .. })),
        "{missing:?}"
    );
}

#[tokio::test]
async fn slow_service_times_out_and_the_request_is_repeated() {
    let Some(service) = Service::start() else {
        return;
    };
    let mut options = service.options();
    options.read_timeout = Duration::from_millis(500);
    let objects = open(options).objects();
    let stored = content(100_000);
    objects
        .put(&key("original"), stored.clone().into())
        .await
        .unwrap();
    service.inject(on("GET", "slow", 1)).await;
    let read = objects.get(&key("original")).await.unwrap();
    assert_eq!(read.bytes().await.unwrap(), stored);
    service.inject(on("PUT", "slow", ALWAYS)).await;
    let failed = objects
        .put(&key("other"), "bytes".into())
        .await
        .unwrap_err();
    let mut cause = failed.source();
    let mut causes = Vec::new();
    while let Some(error) = cause {
        causes.push(error.to_string());
        cause = error.source();
    }
    let timed_out = causes.iter().any(|cause| cause == "the request timed out");
    assert!(timed_out, "{causes:?}");
}
