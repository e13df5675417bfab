use std::path::Path;

use crate::harness::caas;

/// Asserts that a committed file equals the current output of the binary.
async fn is_as_written(file: &str, arguments: &[&str]) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../docs/reference")
        .join(file);
    let committed = std::fs::read_to_string(path).unwrap();
    assert!(
        committed == caas(arguments).await.stdout,
        "docs/reference/{file} is old: run `cargo xtask generate`"
    );
}

#[tokio::test]
async fn the_committed_configuration_page_is_what_the_code_says() {
    is_as_written("configuration.md", &["config-reference"]).await;
}

#[tokio::test]
async fn the_committed_example_file_is_what_the_code_says() {
    is_as_written("caas.example.toml", &["config-reference", "--example"]).await;
}

#[tokio::test]
async fn the_committed_metrics_page_is_what_the_code_says() {
    is_as_written("metrics.md", &["metrics-reference"]).await;
}
