use std::time::{Duration, Instant};

use crate::harness::{Server, caas, caas_in, get};

#[tokio::test]
async fn a_second_server_on_the_same_folder_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let first = Server::start(folder.path(), &["--no-demo"]).await;
    let second = [
        "serve",
        "--listen",
        "127.0.0.1:0",
        "--admin-listen",
        "127.0.0.1:0",
        "--data-dir",
    ];
    let second = [&second[..], &[folder.path().to_str().unwrap()]].concat();
    for removed in [None, Some("lock")] {
        if let Some(file) = removed {
            std::fs::remove_file(folder.path().join(file)).unwrap();
        }
        let refused = caas(&second).await;
        assert!(!refused.success, "{removed:?}");
        assert!(
            refused.stderr.contains("Another server uses"),
            "{}",
            refused.stderr
        );
    }
    assert!(first.stop().await);
}

#[tokio::test]
async fn a_folder_with_a_long_path_is_served_and_takes_commands() {
    let home = tempfile::tempdir().unwrap();
    for length in [95, 200] {
        let folder = home.path().join("d".repeat(length));
        let server = Server::start(&folder, &["--no-demo"]).await;
        assert_eq!(
            caas_in(&folder, &["tenant", "list"]).await["data"],
            serde_json::json!([])
        );
        assert!(server.stop().await);
    }
}

#[tokio::test]
async fn a_start_without_the_right_master_key_is_rejected() {
    let folder = tempfile::tempdir().unwrap();
    assert!(Server::start(folder.path(), &[]).await.stop().await);
    let key = folder.path().join("master.key");
    let sealed_under = std::fs::read_to_string(&key).unwrap();
    std::fs::remove_file(&key).unwrap();
    let start = [
        "--listen",
        "127.0.0.1:0",
        "--admin-listen",
        "127.0.0.1:0",
        "--data-dir",
    ];
    let start = [&start[..], &[folder.path().to_str().unwrap()]].concat();
    let refused = caas(&start).await;
    assert!(
        !refused.success && refused.stderr.contains("master.key is missing"),
        "{}",
        refused.stderr
    );
    assert!(!key.exists(), "no new key was made");
    std::fs::write(&key, "ab".repeat(32)).unwrap();
    let refused = caas(&start).await;
    assert!(
        !refused.success && refused.stderr.contains("The master key does not match"),
        "{}",
        refused.stderr
    );
    std::fs::write(&key, sealed_under).unwrap();
    let server = Server::start(folder.path(), &["--no-demo"]).await;
    assert!(
        server
            .log()
            .contains("master key is readable by other users"),
        "{}",
        server.log()
    );
    assert!(server.stop().await);
}

#[tokio::test]
async fn a_folder_is_free_again_after_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    Server::start(folder.path(), &[]).await.kill().await;
    let server = Server::start(folder.path(), &[]).await;
    assert!(get(server.url("/healthz")).await.status().is_success());
    assert!(server.stop().await);
}

#[tokio::test]
async fn the_first_request_is_answered_soon_after_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let begun = Instant::now();
    let server = Server::start(folder.path(), &[]).await;
    assert!(get(server.url("/healthz")).await.status().is_success());
    let took = begun.elapsed();
    println!("start to first answered request: {took:?}");
    assert!(took < Duration::from_secs(10), "{took:?}");
}
