use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

/// How long a server may take to listen or to stop.
const PATIENCE: Duration = Duration::from_mins(1);

/// A listening server process, killed when dropped.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    pub(super) listen: String,
    pub(super) admin_listen: String,
}

impl Process {
    /// Starts a server and waits for the first line of its output.
    pub(super) async fn start(command: &mut Command) -> Self {
        let spawned = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn();
        let mut child = spawned.expect("caas can be started");
        let stdout = child.stdout.take().expect("its output is a pipe");
        let announced = timeout(PATIENCE, announcement(stdout))
            .await
            .expect("caas listens in time");
        let address = |key: &str| announced[key].as_str().map(str::to_owned);
        let listen = address("listen").expect("the first line names the public address");
        Self {
            child,
            listen,
            admin_listen: address("admin_listen").unwrap_or_default(),
        }
    }

    /// Returns the process id while the process is running.
    pub(super) fn number(&self) -> Option<u32> {
        self.child.id()
    }

    /// Kills the process at once, as a power loss would.
    pub(super) async fn kill(mut self) {
        self.child.kill().await.expect("caas can be killed");
    }

    /// Requests a shutdown and waits for it. Returns whether the exit status was success.
    pub(super) async fn stop(mut self) -> bool {
        let pid = self
            .child
            .id()
            .and_then(|pid| Pid::from_raw(pid.cast_signed()));
        kill_process(pid.expect("caas still runs"), Signal::TERM)
            .expect("caas can be asked to stop");
        timeout(PATIENCE, self.child.wait())
            .await
            .expect("caas stops in time")
            .is_ok_and(|status| status.success())
    }
}

/// Returns the first line of the output, which is JSON.
///
/// The rest is read and discarded, so that the server never blocks on its output.
async fn announcement(stdout: impl AsyncRead + Unpin + Send + 'static) -> Value {
    let mut lines = BufReader::new(stdout).lines();
    let first = lines
        .next_line()
        .await
        .ok()
        .flatten()
        .expect("caas announces itself before it ends");
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    serde_json::from_str(&first).expect("the announcement is JSON")
}
