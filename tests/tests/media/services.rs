//! Media with services next to the server: an S3 bucket from which clients download, and a virus
//! scanner. Without their programs the tests are skipped; `cargo xtask test` installs them.

use std::fs;
use std::path::PathBuf;
use std::process::Stdio;

use serde_json::json;
use tempfile::TempDir;
use testkit::api::Client;
use testkit::{DataDir, Engine, ServerProcess, Tenant, TestUser, Tier, eventually};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use super::support::{download, id, picture, ready, send, upload};

/// The standard test file of virus scanners, in two parts so that this file is not one.
const EICAR: [&str; 2] = [
    r"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-",
    "STANDARD-ANTIVIRUS-TEST-FILE!$H+H*",
];

/// Signature of [`EICAR`]: MD5, size and name.
const SIGNATURE: &str = "44d88612fea8a8f36de82e1278abb02f:68:Eicar-Test\n";

/// With `redirect` the content comes from the bucket, as a type that no browser executes.
#[tokio::test]
async fn downloads_are_redirected_to_the_bucket() {
    let Some(python) = std::env::var_os("CAAS_MOTO") else {
        return;
    };
    let script = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../crates/media-storage/tests/s3/service.py"
    );
    let mut service = Command::new(python)
        .args([script, "media"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("an S3 service");
    let endpoint = first_line(&mut service).await;
    let data_dir = DataDir::new(Engine::Sqlite)
        .await
        .with("CAAS_MEDIA_URL", "s3://media/caas")
        .with("CAAS_MEDIA_ENDPOINT", endpoint.trim())
        .with("CAAS_MEDIA_REGION", "eu-central-1")
        .with("CAAS_MEDIA_ALLOW_HTTP", true)
        .with("CAAS_MEDIA_ACCESS_KEY_ID", "test-key-id")
        .with("CAAS_MEDIA_SECRET_ACCESS_KEY", "test-secret-access-key")
        .with("CAAS_MEDIA_REDIRECT", true);
    let (_server, alice) = alice_on(&data_dir).await;
    let file = upload(&alice.api, &[], "cat.png", "image/png", &picture()).await;
    let file = ready(&alice.api, &file.expect(201)).await;
    let path = format!("/v1/files/{}/content", id(&file));
    let answer = alice.api.get(&path).await;
    assert_eq!(answer.status, 302);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let location = answer.header("location").expect("a location").to_owned();
    assert!(location.starts_with(endpoint.trim()), "{location}");
    let bucket = Client::new(endpoint.trim());
    let (status, bytes) = download(&bucket, &location[endpoint.trim().len()..], None).await;
    assert_eq!((status, bytes == picture()), (200, true));

    let page = upload(
        &alice.api,
        &[],
        "a.html",
        "text/html",
        b"<script>1</script>",
    )
    .await;
    let page = ready(&alice.api, &page.expect(201)).await;
    let answer = alice
        .api
        .get(&format!("/v1/files/{}/content", id(&page)))
        .await;
    let location = answer.header("location").expect("a location");
    let content = bucket.get(&location[endpoint.trim().len()..]).await;
    assert_eq!(
        content.header("content-type"),
        Some("application/octet-stream")
    );
    let disposition = content
        .header("content-disposition")
        .expect("a disposition");
    assert!(disposition.starts_with("attachment;"), "{disposition}");
}

/// A file is served only once it is scanned; an infected one is neither served nor attached.
#[tokio::test]
async fn infected_files_are_blocked() {
    let Some(program) = clamd() else {
        return;
    };
    let folder = TempDir::with_prefix("caas-clamd-").expect("a folder");
    let socket = folder.path().join("socket");
    let address = format!("unix:{}", socket.display());
    let data_dir = DataDir::new(Engine::Sqlite)
        .await
        .with("CAAS_MEDIA_CLAMD", address);
    let _scanner = start_scanner(&program, &folder).await;
    let (_server, alice) = alice_on(&data_dir).await;
    let clean = upload(&alice.api, &[], "a.txt", "text/plain", b"hello").await;
    let clean = clean.expect(201);
    let eicar = EICAR.concat();
    let infected = upload(&alice.api, &[], "b.txt", "text/plain", eicar.as_bytes()).await;
    let infected = infected.expect(201);
    ready(&alice.api, &clean).await;
    let path = format!("/v1/files/{}", id(&infected));
    eventually("the file is blocked", async || {
        alice.api.get(&path).await.expect(200)["state"] == "blocked"
    })
    .await;
    let group = json!({"type": "group", "name": "Files"});
    let group = alice.api.post("/v1/conversations", group).await.expect(201);
    let attached = json!({"attachments": [{"file_id": id(&infected)}]});
    send(&alice, id(&group), attached)
        .await
        .refuses(400, "invalid_request");
    alice
        .api
        .get(&format!("/v1/files/{}/content", id(&infected)))
        .await
        .refuses(409, "file_not_ready");
    let error = alice.api.get(&path).await.expect(200)["processing_error"].clone();
    assert_eq!(error, "The virus scanner found Eicar-Test.UNOFFICIAL.");
}

async fn alice_on(data_dir: &DataDir) -> (ServerProcess, TestUser) {
    let server = ServerProcess::start(data_dir).await;
    let tenant = Tenant::create(&server, "ours", Tier::Free).await;
    let alice = tenant.person("alice").await;
    (server, alice)
}

fn clamd() -> Option<PathBuf> {
    let named = std::env::var_os("CAAS_CLAMD").map(PathBuf::from);
    let usual = PathBuf::from("/usr/sbin/clamd");
    named.or_else(|| usual.exists().then_some(usual))
}

async fn start_scanner(program: &PathBuf, folder: &TempDir) -> Child {
    let path = |name: &str| folder.path().join(name);
    fs::create_dir(path("signatures")).expect("a folder");
    fs::write(path("signatures/test.hdb"), SIGNATURE).expect("a file");
    let configuration = format!(
        "Foreground yes\nDatabaseDirectory {}\nLocalSocket {}\n",
        path("signatures").display(),
        path("socket").display(),
    );
    fs::write(path("clamd.conf"), configuration).expect("a file");
    let mut process = Command::new(program)
        .arg("--config-file")
        .arg(path("clamd.conf"))
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("a scanner");
    let output = process.stdout.take().expect("an output");
    let mut lines = BufReader::new(output).lines();
    // The last line before it serves.
    while let Some(line) = lines.next_line().await.expect("a line") {
        if line.starts_with("Self checking") {
            break;
        }
    }
    process
}

async fn first_line(process: &mut Child) -> String {
    let output = process.stdout.take().expect("an output");
    let mut line = String::new();
    let read = BufReader::new(output).read_line(&mut line).await;
    read.expect("a line");
    line
}
