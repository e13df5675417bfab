use std::time::{Duration, Instant};

use crate::harness::{Server, caas, get};

#[tokio::test]
async fn a_second_server_on_the_same_folder_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let first = Server::start(folder.path(), &["--no-demo"]).await;
    let second = ["serve", "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0", "--data-dir"];
    let refused = caas(&[&second[..], &[folder.path().to_str().unwrap()]].concat()).await;
    assert!(!refused.success);
    assert!(refused.stderr.contains("Another server serves"), "{}", refused.stderr);
    assert!(first.stop().await);
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
