//! Servers that do nothing but move bytes, in a process of their own as the
//! measured one is.

mod broadcast;
mod echo;
mod serve;

use std::process::Stdio;

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

pub use serve::serve;

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
        let program = std::env::current_exe().expect("this program's path");
        let mut command = Command::new(program);
        command.arg("bare").stdout(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().expect("this program can be started again");
        let mut lines = BufReader::new(child.stdout.take().expect("its output is a pipe")).lines();
        let address = lines.next_line().await.ok().flatten().expect("it tells its address");
        Self { child, address }
    }

    /// The number of its process.
    pub fn process(&self) -> u32 {
        self.child.id().expect("it runs")
    }
}
