//! The OpenAPI document against the server: schemathesis makes requests from
//! the document, valid and invalid ones, and compares each response with it.
//! `cargo xtask test` installs it and names it by `CAAS_SCHEMATHESIS`.

#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a story stops where it goes wrong"
)]

mod data;

use std::process::Stdio;
use std::time::Duration;

use testkit::{DataDir, Engine, ServerProcess};
use tokio::process::Command;
use tokio::time::timeout;

use data::Data;

/// The checks that it does not bring.
const HOOKS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/contract/hooks.py");

/// Test cases for each operation in each phase that generates at random.
const EXAMPLES: &str = "5";

/// Bounds the run, should it hang. Its own bound would make it repeat until then.
const PATIENCE: Duration = Duration::from_mins(8);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn responses_conform_to_the_document() {
    let Some(schemathesis) = std::env::var_os("CAAS_SCHEMATHESIS") else {
        return;
    };
    // What it sends is far more than one user may.
    let data_dir = DataDir::new(Engine::Sqlite)
        .await
        .with("CAAS_USER_REQUESTS", 100_000)
        .with("CAAS_TENANT_REQUESTS", 100_000);
    let caas = ServerProcess::start(&data_dir).await;
    let data = Data::create(&caas).await;
    let config = data_dir.path().join("schemathesis.toml");
    std::fs::write(&config, data.config()).expect("the configuration can be written");
    let mut command = Command::new(schemathesis);
    command
        .arg("--config-file")
        .arg(&config)
        .arg("run")
        .arg(format!("{}/openapi.json", caas.url()));
    // What takes its place is in the hooks.
    command.args([
        "--checks",
        "all",
        "--exclude-checks",
        "positive_data_acceptance",
        "--continue-on-failure",
    ]);
    command.args([
        "--phases",
        "examples,coverage,fuzzing",
        "--max-examples",
        EXAMPLES,
    ]);
    command
        .args([
            "--generation-deterministic",
            "--generation-allow-x00",
            "false",
        ])
        .env("SCHEMATHESIS_HOOKS", HOOKS);
    // Its own caches would make two runs differ.
    command
        .current_dir(data_dir.path())
        .env("NO_COLOR", "1")
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .stdin(Stdio::null())
        .kill_on_drop(true);
    let output = timeout(PATIENCE, command.output())
        .await
        .expect("schemathesis ends in time");
    let output = output.expect("schemathesis can be run");
    let report = String::from_utf8_lossy(&output.stdout);
    println!("{report}{}", String::from_utf8_lossy(&output.stderr));
    assert!(
        output.status.success(),
        "the server and docs/reference/openapi.json disagree"
    );
}
