use crate::harness::{Server, binary, caas, outcome};

/// Returns a loopback address whose port was free just before.
fn free_address() -> String {
    std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .to_string()
}

#[tokio::test]
async fn a_flag_beats_the_environment_which_beats_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let by_file = free_address();
    let by_environment = free_address();
    let by_flag = free_address();
    let file = folder.path().join("caas.toml");
    std::fs::write(
        &file,
        format!("[listen]\naddress = \"{by_file}\"\n[demo]\nenabled = false\n"),
    )
    .unwrap();
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
    assert!(
        refused.stderr.contains("levle") && refused.stderr.contains("level"),
        "{}",
        refused.stderr
    );
}

#[tokio::test]
async fn a_store_on_mongodb_needs_a_master_key() {
    let refused = caas(&[
        "tenant",
        "list",
        "--store",
        "mongodb://127.0.0.1:1/?replicaSet=none",
    ])
    .await;
    assert!(!refused.success);
    assert!(
        refused.stderr.contains("CAAS_MASTER_KEY_FILE"),
        "{}",
        refused.stderr
    );
}

/// Empty variables, as compose files produce them from `${NAME:-}`.
const NOTHING: [(&str, &str); 8] = [
    ("CAAS_CONFIG", ""),
    ("CAAS_LISTEN", ""),
    ("CAAS_TLS_CERT", ""),
    ("CAAS_TLS_KEY", ""),
    ("CAAS_CONNECTIONS", ""),
    ("CAAS_MASTER_KEY", ""),
    ("CAAS_LOG", ""),
    ("CAAS_LOG_JSON", ""),
];

#[tokio::test]
async fn variables_that_are_set_to_nothing_count_as_not_given() {
    let folder = tempfile::tempdir().unwrap();
    let environment = [&NOTHING[..], &[("CAAS_DEMO", "FALSE")]].concat();
    let server = Server::start_as(folder.path(), &["--listen", "127.0.0.1:0"], &environment).await;
    assert_eq!(server.announced.get("demo"), None, "FALSE is a boolean");
    assert!(server.stop().await);
}

#[tokio::test]
async fn a_misspelt_variable_is_named_once_whatever_is_logged() {
    let folder = tempfile::tempdir().unwrap();
    let environment = [("CAAS_LOG", "off"), ("CAAS_LISTN", "127.0.0.1:1")];
    let server = Server::start_as(
        folder.path(),
        &["--no-demo", "--listen", "127.0.0.1:0"],
        &environment,
    )
    .await;
    assert!(
        server
            .stop_and_read_log()
            .await
            .matches("CAAS_LISTN")
            .count()
            == 1
    );
}

#[tokio::test]
async fn check_names_what_is_wrong_and_writes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let check = async |environment: &[(&str, &str)]| {
        let mut command = binary();
        command
            .args(["check", "--json", "--data-dir"])
            .arg(&data)
            .envs(environment.iter().copied());
        outcome(&mut command).await
    };
    let valid = check(&[]).await.answer();
    assert_eq!(
        (&valid["valid"], valid.get("warnings")),
        (&true.into(), None),
        "{valid}"
    );
    let misspelt = check(&[("CAAS_LISTN", "x")]).await.answer();
    assert!(
        misspelt["warnings"][0]
            .as_str()
            .unwrap()
            .contains("CAAS_LISTN"),
        "{misspelt}"
    );
    let invalid = [
        ("CAAS_LISTEN", "0.0.0.0:80", "--tls-cert"),
        ("CAAS_CONNECTIONS", "many", "CAAS_CONNECTIONS"),
        ("CAAS_LOG", "info,caas=loud", "CAAS_LOG"),
        ("CAAS_MASTER_KEY", "short", "CAAS_MASTER_KEY"),
        ("CAAS_STORE", "mongodb://127.0.0.1:1", "CAAS_MASTER_KEY"),
        ("CAAS_CONFIG", "/nowhere/caas.toml", "/nowhere/caas.toml"),
    ];
    for (name, value, named) in invalid {
        let refused = check(&[(name, value)]).await;
        assert!(
            !refused.success && refused.stderr.contains(named),
            "{name}: {}",
            refused.stderr
        );
    }
    assert!(!data.exists());
}
