use std::fs::OpenOptions;
use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::harness::{Server, binary, caas, client, get, outcome};

/// Returns the arguments of a start that is expected to fail.
fn start(folder: &Path) -> Vec<&str> {
    let listen = [
        "--no-demo",
        "--listen",
        "127.0.0.1:0",
        "--admin-listen",
        "127.0.0.1:0",
        "--data-dir",
    ];
    [&listen[..], &[folder.to_str().unwrap()]].concat()
}

/// Returns a data directory in which a server with the demo was started and stopped.
async fn used_folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    assert!(Server::start(folder.path(), &[]).await.stop().await);
    folder
}

fn overwrite(file: &Path, offset: u64) {
    let mut file = OpenOptions::new().write(true).open(file).unwrap();
    file.seek(SeekFrom::Start(offset)).unwrap();
    file.write_all(&[0xa5; 4_096]).unwrap();
}

fn cut(file: &Path, length: u64) {
    OpenOptions::new()
        .write(true)
        .open(file)
        .unwrap()
        .set_len(length)
        .unwrap();
}

type Damage = fn(&Path);

#[tokio::test]
async fn a_start_on_a_damaged_file_is_rejected_with_its_name() {
    let damages: [Damage; 5] = [
        |file| cut(file, 0),
        |file| cut(file, 8_192),
        |file| overwrite(file, 0),
        |file| overwrite(file, 4_096),
        |file| std::fs::remove_file(file).unwrap(),
    ];
    let folder = used_folder().await;
    for name in ["caas_platform.db", "caas_shared.db"] {
        let file = folder.path().join(name);
        let whole = std::fs::read(&file).unwrap();
        // A missing shared file is valid, since no tenant may have written yet. A missing
        // platform file is not.
        for damage in &damages[..if name == "caas_platform.db" { 5 } else { 4 }] {
            damage(&file);
            let refused = caas(&start(folder.path())).await;
            assert!(
                !refused.success && refused.stderr.contains(name),
                "{name}: {}",
                refused.stderr
            );
            std::fs::write(&file, &whole).unwrap();
        }
    }
    assert!(
        Server::start(folder.path(), &["--no-demo"])
            .await
            .stop()
            .await,
        "the whole files are fine"
    );
}

/// Also fails as root, which may write every file unless it has lost the capability.
#[tokio::test]
async fn a_start_on_a_file_that_may_not_be_written_is_rejected_with_its_name() {
    let folder = used_folder().await;
    let file = folder.path().join("caas_platform.db");
    let mut permissions = file.metadata().unwrap().permissions();
    permissions.set_readonly(true);
    std::fs::set_permissions(&file, permissions).unwrap();
    let program = binary().as_std().get_program().to_owned();
    let mut command = if OpenOptions::new().write(true).open(&file).is_ok() {
        let mut command = tokio::process::Command::new("setpriv");
        command
            .arg("--bounding-set=-dac_override")
            .arg(program)
            .env_clear()
            .kill_on_drop(true);
        command
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped());
        command
    } else {
        binary()
    };
    let refused = outcome(command.args(start(folder.path()))).await;
    assert!(
        !refused.success
            && refused
                .stderr
                .contains("caas_platform.db cannot be written"),
        "{}",
        refused.stderr
    );
}

/// A small file system of its own, unmounted when dropped.
struct SmallDisk(PathBuf);

impl SmallDisk {
    /// Mounts a `tmpfs`; returns `None` if the system does not permit it.
    fn mount(folder: &Path) -> Option<Self> {
        let mount = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=16m", "tmpfs"])
            .arg(folder)
            .output();
        mount
            .is_ok_and(|output| output.status.success())
            .then(|| Self(folder.to_owned()))
    }

    /// Fills all remaining space.
    fn fill(&self) {
        let mut file = OpenOptions::new()
            .append(true)
            .create(true)
            .open(self.0.join("filler"))
            .unwrap();
        for size in [65_536, 4_096, 1] {
            let part = vec![0; size];
            while file.write(&part).is_ok_and(|written| written > 0) {}
        }
    }

    fn make_room(&self) {
        std::fs::remove_file(self.0.join("filler")).unwrap();
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(&self.0).status();
    }
}

async fn send(server: &Server, key: &str) -> reqwest::Response {
    let message = client()
        .post(server.url("/v1/conversations/ext:welcome/messages"))
        .bearer_auth(key);
    message
        .header("caas-user", "ext:alice")
        .json(&json!({"content": "hello"}))
        .send()
        .await
        .unwrap()
}

async fn readiness(server: &Server) -> (StatusCode, Value) {
    let public = get(server.url("/readyz")).await.status();
    let detail = get(server.admin_url("/readyz")).await;
    assert_eq!(public, detail.status(), "both listeners agree");
    (public, detail.json().await.unwrap())
}

#[tokio::test]
async fn a_full_disk_rejects_writes_soon_answers_reads_and_is_over_by_itself() {
    let folder = tempfile::tempdir().unwrap();
    let Some(disk) = SmallDisk::mount(folder.path()) else {
        return println!("skipped: no disk can be mounted here");
    };
    let server = Server::start(folder.path(), &[]).await;
    let key = server.announced["demo"]["api_key"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(send(&server, &key).await.status(), StatusCode::CREATED);
    assert_eq!(readiness(&server).await.0, StatusCode::OK);
    let mut sent = Vec::new();
    let mut took = Duration::ZERO;
    // A checkpoint of the write-ahead log may free a little space, but not for long.
    for _ in 0..20 {
        disk.fill();
        let begun = Instant::now();
        sent = join_all((0..8).map(|_| send(&server, &key))).await;
        took = begun.elapsed();
        if sent
            .iter()
            .all(|response| response.status() != StatusCode::CREATED)
        {
            break;
        }
    }
    for response in sent {
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert!(response.headers().contains_key("retry-after"));
    }
    println!("eight sends to a full disk: {took:?}");
    assert!(took < Duration::from_secs(10), "{took:?}");
    // An earlier result of the check may be cached for a second.
    for _ in 0..100 {
        disk.fill();
        if readiness(&server).await.0 != StatusCode::OK {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let (status, detail) = readiness(&server).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(
        detail["store"]
            .as_str()
            .unwrap()
            .contains("takes no writes"),
        "{detail}"
    );
    let list = client()
        .get(server.url("/v1/conversations/ext:welcome/messages"))
        .bearer_auth(&key);
    assert_eq!(
        list.header("caas-user", "ext:alice")
            .send()
            .await
            .unwrap()
            .status(),
        StatusCode::OK
    );

    disk.make_room();
    for _ in 0..200 {
        if readiness(&server).await.0 == StatusCode::OK {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(readiness(&server).await.0, StatusCode::OK);
    assert_eq!(send(&server, &key).await.status(), StatusCode::CREATED);
    assert!(server.stop().await);
}

#[tokio::test]
async fn a_file_that_is_damaged_later_makes_the_server_not_ready() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), &[]).await;
    let key = server.announced["demo"]["api_key"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(server.stop().await);
    let server = Server::start(folder.path(), &["--no-demo"]).await;
    // Cached pages can still be read; the rest of the file is destroyed.
    let file = folder.path().join("caas_shared.db");
    for page in 0..file.metadata().unwrap().len() / 4_096 {
        overwrite(&file, page * 4_096);
    }
    let mut statuses = Vec::new();
    for _ in 0..200 {
        statuses.push(send(&server, &key).await.status().as_u16());
        let users = client().get(server.url("/v1/users")).bearer_auth(&key);
        statuses.push(users.send().await.unwrap().status().as_u16());
        if readiness(&server).await.0 == StatusCode::SERVICE_UNAVAILABLE {
            break;
        }
    }
    assert!(
        statuses
            .iter()
            .all(|status| [200, 201, 503].contains(status)),
        "{statuses:?}"
    );
    let (status, detail) = readiness(&server).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{statuses:?}");
    assert!(
        detail["store"].as_str().unwrap().contains("caas_shared.db"),
        "{detail}"
    );
}
