use crate::harness::{Server, caas};

/// An address that was free a moment ago.
fn free_address() -> String {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string()
}

#[tokio::test]
async fn a_flag_beats_the_environment_which_beats_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let (by_file, by_environment, by_flag) = (free_address(), free_address(), free_address());
    let file = folder.path().join("caas.toml");
    std::fs::write(&file, format!("[listen]\naddress = \"{by_file}\"\n[demo]\nenabled = false\n")).unwrap();
    let data = folder.path().join("data");
    let listens = async |arguments: &[&str], environment: &[(&str, &str)]| {
        let server = Server::start_as(&data, arguments, environment).await;
        let address = server.url("").replace("http://", "");
        assert!(server.stop().await);
        address
    };
    let config = ["--config", file.to_str().unwrap()];
    let environment = [("CAAS_LISTEN", by_environment.as_str())];
    let flag = [&config[..], &["--listen", &by_flag]].concat();
    assert_eq!(listens(&config, &[]).await, by_file);
    assert_eq!(listens(&config, &environment).await, by_environment);
    assert_eq!(listens(&flag, &environment).await, by_flag);
}

#[tokio::test]
async fn an_unknown_key_of_the_file_is_named_with_the_known_ones() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("caas.toml");
    std::fs::write(&file, "[log]\nlevle = \"debug\"\n").unwrap();
    let refused = caas(&["--config", file.to_str().unwrap()]).await;
    assert!(!refused.success);
    assert!(refused.stderr.contains("levle") && refused.stderr.contains("level"), "{}", refused.stderr);
}

#[tokio::test]
async fn a_store_on_mongodb_needs_a_master_key() {
    let refused = caas(&["tenant", "list", "--store", "mongodb://127.0.0.1:1/?replicaSet=none"]).await;
    assert!(!refused.success);
    assert!(refused.stderr.contains("CAAS_MASTER_KEY_FILE"), "{}", refused.stderr);
}
