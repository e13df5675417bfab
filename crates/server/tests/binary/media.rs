//! The media storage at start: the folder, and the id that ties it to the database.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use crate::harness::{Outcome, Server, binary, outcome};

const ID: &str = "media/caas-store-id";

/// Starts a server that must not start.
async fn rejected(data: &Path, environment: &[(&str, &str)]) -> Outcome {
    let mut command = binary();
    command
        .args([
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--admin-listen",
            "127.0.0.1:0",
        ])
        .arg("--data-dir")
        .arg(data)
        .envs(environment.iter().copied());
    let ended = outcome(&mut command).await;
    assert!(!ended.success, "{}", ended.stdout);
    ended
}

async fn start_once(data: &Path) {
    assert!(Server::start(data, &["--no-demo"]).await.stop().await);
}

fn folder_with_id(data: &Path) -> PathBuf {
    let folder = data.join("elsewhere");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("caas-store-id"), "ab".repeat(16)).unwrap();
    folder
}

#[tokio::test]
async fn media_folder_is_private_and_keeps_its_id() {
    let data = tempfile::tempdir().unwrap();
    start_once(data.path()).await;
    let mode = fs::metadata(data.path().join("media"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o700);
    let id = fs::read_to_string(data.path().join(ID)).unwrap();
    assert_eq!(id.len(), 32, "{id}");
    start_once(data.path()).await;
    assert_eq!(fs::read_to_string(data.path().join(ID)).unwrap(), id);
}

#[tokio::test]
async fn server_does_not_start_without_the_files_of_its_database() {
    let data = tempfile::tempdir().unwrap();
    start_once(data.path()).await;
    let id = fs::read_to_string(data.path().join(ID)).unwrap();
    fs::remove_dir_all(data.path().join("media")).unwrap();
    let ended = rejected(data.path(), &[]).await;
    let names_way_out = ended.stderr.contains(&id) && ended.stderr.contains("restore");
    assert!(names_way_out, "{}", ended.stderr);
    // The operator accepts the loss, as the message says.
    fs::write(data.path().join(ID), id + "\n").unwrap();
    start_once(data.path()).await;
}

#[tokio::test]
async fn server_does_not_start_with_the_storage_of_another_database() {
    let data = tempfile::tempdir().unwrap();
    start_once(data.path()).await;
    let folder = folder_with_id(data.path());
    let url = format!("file://{}", folder.display());
    let ended = rejected(data.path(), &[("CAAS_MEDIA_URL", &url)]).await;
    assert!(
        ended.stderr.contains("belongs to another database"),
        "{}",
        ended.stderr
    );
    assert!(
        ended.stderr.contains(&*folder.to_string_lossy()),
        "{}",
        ended.stderr
    );
}

#[tokio::test]
async fn new_database_does_not_take_over_the_storage_of_another() {
    let data = tempfile::tempdir().unwrap();
    let folder = folder_with_id(data.path());
    let url = format!("file://{}", folder.display());
    let environment = [("CAAS_MEDIA_URL", url.as_str())];
    let ended = rejected(data.path(), &environment).await;
    assert!(
        ended.stderr.contains("belongs to another database"),
        "{}",
        ended.stderr
    );
    fs::remove_file(folder.join("caas-store-id")).unwrap();
    let arguments = ["--no-demo", "--listen", "127.0.0.1:0"];
    let server = Server::start_as(data.path(), &arguments, &environment).await;
    assert!(server.stop().await);
    assert!(!data.path().join("media").exists());
}

#[tokio::test]
async fn readable_media_folder_is_logged() {
    let data = tempfile::tempdir().unwrap();
    start_once(data.path()).await;
    fs::set_permissions(data.path().join("media"), fs::Permissions::from_mode(0o755)).unwrap();
    let server = Server::start(data.path(), &["--no-demo"]).await;
    let log = server.stop_and_read_log().await;
    assert!(
        log.contains("media folder is readable by other users"),
        "{log}"
    );
}

#[tokio::test]
async fn check_validates_the_media_storage() {
    let data = tempfile::tempdir().unwrap();
    let keys = [
        ("CAAS_MEDIA_ACCESS_KEY_ID", "id"),
        ("CAAS_MEDIA_SECRET_ACCESS_KEY", "canary"),
    ];
    let check = async |environment: &[(&str, &str)]| {
        let mut command = binary();
        command
            .args(["check", "--json", "--data-dir"])
            .arg(data.path());
        outcome(command.envs(environment.iter().copied())).await
    };
    let s3 = ("CAAS_MEDIA_URL", "s3://files/caas");
    let valid = check(&[&keys[..], &[s3]].concat()).await.answer();
    assert_eq!(valid["media"], "s3://files/caas");
    let invalid: [(&[(&str, &str)], &str); 6] = [
        (&[("CAAS_MEDIA_URL", "ftp://files")], "CAAS_MEDIA_URL"),
        (&[s3], "CAAS_MEDIA_ACCESS_KEY_ID_FILE"),
        (&[s3, keys[0]], "CAAS_MEDIA_SECRET_ACCESS_KEY_FILE"),
        (
            &[s3, keys[0], keys[1], ("CAAS_MEDIA_ENDPOINT", "http://s3")],
            "allow_http",
        ),
        (
            &[s3, keys[0], keys[1], ("CAAS_MEDIA_REGION", "a/b")],
            "region",
        ),
        (
            &[
                ("CAAS_STORE", "mongodb://127.0.0.1:1"),
                (
                    "CAAS_MASTER_KEY",
                    "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
                ),
            ],
            "CAAS_MEDIA_URL",
        ),
    ];
    for (environment, named) in invalid {
        let ended = check(environment).await;
        let names_cause = !ended.success && ended.stderr.contains(named);
        assert!(names_cause, "{environment:?}: {}", ended.stderr);
        assert!(!ended.stderr.contains("canary"), "{}", ended.stderr);
    }
}
