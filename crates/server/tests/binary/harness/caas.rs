use std::path::Path;
use std::process::Stdio;

use serde_json::Value;
use tokio::process::Command;

/// The result of a command.
#[derive(Debug)]
pub struct Outcome {
    pub success: bool,
    pub stdout: String,
    pub stderr: String,
}

impl Outcome {
    /// Returns the JSON output of a successful command that was run with `--json`.
    pub fn answer(&self) -> Value {
        assert!(self.success, "{}", self.stderr);
        serde_json::from_str(&self.stdout).unwrap()
    }
}

/// Returns the command of the binary, without the environment of the test run.
pub fn binary() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_caas"));
    command
        .env_clear()
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command
}

/// Runs `caas` with arguments until it exits.
pub async fn caas(arguments: &[&str]) -> Outcome {
    outcome(binary().args(arguments)).await
}

/// Runs a command until it exits.
pub async fn outcome(command: &mut Command) -> Outcome {
    let output = command.spawn().unwrap().wait_with_output().await.unwrap();
    Outcome {
        success: output.status.success(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Runs a command with `--json` on a data directory and returns its output.
pub async fn caas_in(folder: &Path, arguments: &[&str]) -> Value {
    let folder = folder.to_str().unwrap();
    caas(&[arguments, &["--json", "--data-dir", folder]].concat())
        .await
        .answer()
}
