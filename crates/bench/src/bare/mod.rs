//! Servers that do nothing but move bytes, in a process of their own as the
//! measured one is.

mod accept;
mod broadcast;
mod data;
mod echo;
mod serve;

use std::process::Stdio;

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use testkit::DataDir;

use data::Data;
pub use data::Place;
pub use serve::serve;

/// Bytes that a connection reads at once.
const READ: usize = 4 * 1024;

/// A running bare server. Killed when dropped.
#[derive(Debug)]
pub struct Bare {
    child: Child,
    /// `host:port`.
    pub address: String,
}

impl Bare {
    /// Starts one.
    pub async fn start() -> Self {
        Self::with(&[]).await
    }

    /// Starts one that reads what a server stored.
    pub async fn on(data_dir: &DataDir) -> Self {
        match data_dir.mongodb() {
            Some((uri, prefix)) => {
                Self::with(&["--mongodb", uri, "--database", &format!("{prefix}_shared")]).await
            }
            None => Self::with(&["--folder", &data_dir.path().to_string_lossy()]).await,
        }
    }

    async fn with(arguments: &[&str]) -> Self {
        let program = std::env::current_exe().expect("this program's path");
        let mut command = Command::new(program);
        command
            .arg("bare")
            .args(arguments)
            .stdout(Stdio::piped())
            .kill_on_drop(true);
        let mut child = command.spawn().expect("this program can be started again");
        let mut lines = BufReader::new(child.stdout.take().expect("its output is a pipe")).lines();
        let address = lines
            .next_line()
            .await
            .ok()
            .flatten()
            .expect("it tells its address");
        Self { child, address }
    }

    /// The number of its process.
    pub fn process(&self) -> u32 {
        self.child.id().expect("it runs")
    }
}
