//! Media on servers that are killed, and the quota under parallel uploads.

use std::path::Path;

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::json;
use testkit::api::Client;
use testkit::{DataDir, Engine, ServerProcess, Tenant, Tier, eventually};

use super::support::{Tus, download, id, ready, send};

const MIB: usize = 1024 * 1024;

#[tokio::test]
async fn quota_is_exact_under_parallel_uploads_on_sqlite() {
    quota_is_exact_under_parallel_uploads(Engine::Sqlite).await;
}

#[tokio::test]
async fn quota_is_exact_under_parallel_uploads_on_mongodb() {
    if Engine::MongoDb.covered() {
        quota_is_exact_under_parallel_uploads(Engine::MongoDb).await;
    }
}

/// Of 100 uploads at once exactly those are accepted that fit.
async fn quota_is_exact_under_parallel_uploads(engine: Engine) {
    let data_dir = DataDir::new(engine)
        .await
        .with("CAAS_MEDIA_TENANT_BYTES", 20 * MIB);
    let server = ServerProcess::start(&data_dir).await;
    let tenant = Tenant::create(&server, "ours", Tier::Free).await;
    let length = 2 * MIB;
    let uploads = (0..100).map(|_| Tus::create(&tenant.api, length, "dGV4dC9wbGFpbg=="));
    let answers = join_all(uploads).await;
    let accepted = answers.iter().filter(|answer| answer.status == 201).count();
    assert_eq!(accepted, 10);
    for answer in answers {
        if answer.status != 201 {
            // Too many writers at once are told to retry.
            assert!(matches!(answer.status, 413 | 503), "{}", answer.text);
        }
    }
    let usage = tenant.api.get("/v1/usage").await.expect(200);
    let bytes = &usage["data"][0];
    assert_eq!(
        (&bytes["metric"], &bytes["used"]),
        (&json!("storage_bytes"), &json!(20 * MIB))
    );
    Tus::create(&tenant.api, 1, "dGV4dC9wbGFpbg==")
        .await
        .refuses(413, "storage_quota_exceeded");
    data_dir.clear().await;
}

#[tokio::test]
async fn acknowledged_bytes_survive_kills_on_sqlite() {
    acknowledged_bytes_survive_kills(Engine::Sqlite).await;
}

#[tokio::test]
async fn acknowledged_bytes_survive_kills_on_mongodb() {
    if Engine::MongoDb.covered() {
        acknowledged_bytes_survive_kills(Engine::MongoDb).await;
    }
}

/// The server is killed after each acknowledged step of a file: part, reference and deletion. A kill
/// of the job waits for the end of its lease. Nothing acknowledged is lost, and after the deletion no bytes remain.
async fn acknowledged_bytes_survive_kills(engine: Engine) {
    let data_dir = DataDir::new(engine).await;
    let mut server = ServerProcess::start(&data_dir).await;
    let tenant = Tenant::create(&server, "ours", Tier::Free).await;
    let alice = tenant.person("alice").await;
    let content: Vec<u8> = (0..=250).cycle().take(3 * MIB).collect();
    let started = Tus::create(&alice.api, content.len(), "dGV4dC9wbGFpbg==").await;
    let location = started.header("location").expect("a location").to_owned();
    let file = started.expect(201);
    for (part, bytes) in content.chunks(MIB).enumerate() {
        let appended = append(&alice.api, &location, part * MIB, bytes).await;
        assert_eq!(appended, 204);
        if (part + 1) * MIB < content.len() {
            restart(&mut server).await;
            let received = offset(&alice.api, &location).await;
            assert_eq!(received, ((part + 1) * MIB).to_string());
        }
    }
    let file = ready(&alice.api, &file).await;
    let path = format!("/v1/files/{}/content", id(&file));
    let (status, bytes) = download(&alice.api, &path, None).await;
    assert_eq!((status, bytes == content), (200, true));

    let group = json!({"type": "group", "name": "Files"});
    let group = alice.api.post("/v1/conversations", group).await.expect(201);
    let attached = json!({"attachments": [{"file_id": id(&file)}]});
    let sent = send(&alice, id(&group), attached).await.expect(201);
    restart(&mut server).await;
    let read = format!("{path}?message_id={}", id(&sent));
    let (status, bytes) = download(&alice.api, &read, None).await;
    assert_eq!((status, bytes == content), (200, true));

    let deleted = alice.api.delete(&format!("/v1/files/{}", id(&file))).await;
    assert_eq!(deleted.status, 204);
    restart(&mut server).await;
    let folder = data_dir.path().join("media").join(&tenant.id);
    eventually("the bytes are removed", async || !has_files(&folder)).await;
    eventually("the storage is released", async || {
        let usage = tenant.api.get("/v1/usage").await.expect(200);
        usage["data"][0]["used"] == 0
    })
    .await;
    data_dir.clear().await;
}

async fn restart(server: &mut ServerProcess) {
    server.kill().await;
    server.run().await;
}

/// Appends bytes to an upload and returns the status.
async fn append(client: &Client, location: &str, offset: usize, bytes: &[u8]) -> u16 {
    let request = client
        .request(Method::PATCH, location)
        .header("tus-resumable", "1.0.0")
        .header("content-type", "application/offset+octet-stream")
        .header("upload-offset", offset)
        .body(bytes.to_vec());
    request.send().await.expect("a response").status().as_u16()
}

/// Returns the bytes that an upload has received.
async fn offset(client: &Client, location: &str) -> String {
    let answer = client
        .with("tus-resumable", "1.0.0")
        .call(Method::HEAD, location, None)
        .await;
    answer
        .header("upload-offset")
        .expect("an offset")
        .to_owned()
}

/// Returns whether there is a file in a folder or below it.
fn has_files(folder: &Path) -> bool {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return false;
    };
    entries
        .flatten()
        .any(|entry| entry.path().is_file() || has_files(&entry.path()))
}
