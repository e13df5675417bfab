//! The OpenAPI document is compared with the server by schemathesis.
//!
//! It sends valid and invalid requests generated from the document and checks each response.
//! `cargo xtask test` installs it and sets its path in `CAAS_SCHEMATHESIS`.

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

/// Checks that schemathesis does not have.
const HOOKS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/contract/hooks.py");

/// Test cases for each operation in each phase that generates at random.
const EXAMPLES: &str = "5";

/// Timeout of a run that hangs. Its own time limit would make it repeat until then.
const PATIENCE: Duration = Duration::from_mins(8);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn responses_conform_to_the_document() {
    let Some(schemathesis) = std::env::var_os("CAAS_SCHEMATHESIS") else {
        return;
    };
    // It sends far more requests than the limit of one user.
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
    // Headers of the upload protocol depend on each other; tus clients and a story cover it.
    command.args(["--exclude-path-regex", "^/v1/uploads"]);
    // The hooks contain a replacement.
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
