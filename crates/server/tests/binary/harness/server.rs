use std::path::Path;
use std::process::Stdio;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::NamedTempFile;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use super::caas::binary;

/// A running server on free loopback ports, killed when dropped.
pub struct Server {
    child: Child,
    log: NamedTempFile,
    /// The first line of its output, as JSON.
    pub announced: Value,
}

impl Server {
    /// Starts a server on a data directory and waits until it listens.
    pub async fn start(folder: &Path, arguments: &[&str]) -> Self {
        Self::start_as(
            folder,
            &[&["--listen", "127.0.0.1:0"], arguments].concat(),
            &[],
        )
        .await
    }

    /// Starts a server whose addresses are set by arguments, variables or its configuration file.
    pub async fn start_as(folder: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let log = NamedTempFile::new().unwrap();
        let stderr = log.reopen().unwrap().into();
        let mut command = command(folder, stderr);
        command.args(arguments).envs(environment.iter().copied());
        Self::of(command, log).await
    }

    /// Starts a server that logs to another output.
    pub async fn start_logging_to(folder: &Path, stderr: Stdio) -> Self {
        let mut command = command(folder, stderr);
        command.args(["--listen", "127.0.0.1:0"]);
        Self::of(command, NamedTempFile::new().unwrap()).await
    }

    /// Starts a server with a limit of open files.
    pub async fn start_with_open_files(folder: &Path, limit: u32) -> Self {
        let log = NamedTempFile::new().unwrap();
        let mut command = command_of(limited(limit), folder, log.reopen().unwrap().into());
        command.args(["--no-demo", "--listen", "127.0.0.1:0"]);
        Self::of(command, log).await
    }

    async fn of(mut command: Command, log: NamedTempFile) -> Self {
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .await
            .unwrap();
        let announced =
            serde_json::from_str(&line).unwrap_or_else(|_| panic!("the server announced {line:?}"));
        Self {
            child,
            log,
            announced,
        }
    }

    /// Returns a URL of the public listener.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.announced["listen"].as_str().unwrap())
    }

    /// Returns a URL of the operator's listener.
    pub fn admin_url(&self, path: &str) -> String {
        format!("{}{path}", self.announced["admin_listen"].as_str().unwrap())
    }

    /// Sends a signal to the process.
    pub fn signal(&self, signal: Signal) {
        let id = i32::try_from(self.child.id().unwrap()).unwrap();
        kill_process(Pid::from_raw(id).unwrap(), signal).unwrap();
    }

    /// Requests a shutdown and returns whether the exit status was success.
    pub async fn stop(mut self) -> bool {
        self.signal(Signal::TERM);
        self.child.wait().await.unwrap().success()
    }

    /// Requests a shutdown and returns the whole log.
    pub async fn stop_and_read_log(mut self) -> String {
        self.signal(Signal::TERM);
        assert!(self.child.wait().await.unwrap().success());
        self.log()
    }

    /// Returns the log so far.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.log.path()).unwrap()
    }

    /// Kills the server at once, as a power loss would.
    pub async fn kill(mut self) {
        self.child.kill().await.unwrap();
    }
}

/// Returns the command of the binary with a limit of open files that it cannot raise.
fn limited(limit: u32) -> Command {
    let program = binary().as_std().get_program().to_owned();
    let mut command = Command::new("sh");
    command
        .env_clear()
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .kill_on_drop(true);
    command
        .args(["-c", &format!("ulimit -n {limit} && exec \"$0\" \"$@\"")])
        .arg(program);
    command
}

fn command(folder: &Path, stderr: Stdio) -> Command {
    command_of(binary(), folder, stderr)
}

fn command_of(mut command: Command, folder: &Path, stderr: Stdio) -> Command {
    command
        .args(["serve", "--json", "--admin-listen", "127.0.0.1:0"])
        .arg("--data-dir")
        .arg(folder)
        .stderr(stderr);
    command
}
