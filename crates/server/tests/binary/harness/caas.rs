use std::path::Path;
use std::process::Stdio;

use serde_json::Value;
use tokio::process::Command;

/// How a command ended.
#[derive(Debug)]
pub struct Outcome {
    pub success: bool,
    pub stdout: String,
    pub stderr: String,
}

impl Outcome {
    /// The answer of a command that was given `--json`.
    pub fn answer(&self) -> Value {
        assert!(self.success, "{}", self.stderr);
        serde_json::from_str(&self.stdout).unwrap()
    }
}

/// The binary, without the environment of whoever runs the tests.
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

/// Runs `caas` with arguments to its end.
pub async fn caas(arguments: &[&str]) -> Outcome {
    outcome(binary().args(arguments)).await
}

/// Runs a command to its end.
pub async fn outcome(command: &mut Command) -> Outcome {
    let output = command.spawn().unwrap().wait_with_output().await.unwrap();
    Outcome {
        success: output.status.success(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Runs a command with `--json` on a data folder; answers what it answered.
pub async fn caas_in(folder: &Path, arguments: &[&str]) -> Value {
    let folder = folder.to_str().unwrap();
    caas(&[arguments, &["--json", "--data-dir", folder]].concat())
        .await
        .answer()
}
