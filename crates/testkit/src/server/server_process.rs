use std::process::Stdio;

use serde_json::Value;
use tokio::process::Command;

use super::process::Process;
use super::{DataDir, binary};
use crate::api::{Client, drop_connections};

/// A server under test and its data directory, which it reuses when it is restarted.
#[derive(Debug)]
pub struct ServerProcess {
    data_dir: DataDir,
    /// The address to listen on, the same after each restart.
    listen: String,
    admin_listen: String,
    process: Option<Process>,
    fault: Option<&'static str>,
}

/// Environment variables of the tests, which are not passed to the server.
const NOT_SETTINGS: [&str; 13] = [
    "CAAS_AIOSMTPD",
    "CAAS_BIN",
    "CAAS_CHROMIUM",
    "CAAS_CLAMD",
    "CAAS_CONVERSATIONS",
    "CAAS_CUTS",
    "CAAS_ENGINES",
    "CAAS_KILLS",
    "CAAS_MONGOD",
    "CAAS_MONGODB",
    "CAAS_MOTO",
    "CAAS_SCHEMATHESIS",
    "CAAS_SOAK",
];

/// Error of a command that failed.
#[derive(Debug)]
pub struct CommandError {
    /// Standard error of the command.
    pub stderr: String,
}

impl ServerProcess {
    /// Starts a server on a data directory, without the demo.
    pub async fn start(data_dir: &DataDir) -> Self {
        let free = || "127.0.0.1:0".to_owned();
        let mut caas = Self {
            data_dir: data_dir.clone(),
            listen: free(),
            admin_listen: free(),
            process: None,
            fault: None,
        };
        caas.run().await;
        caas
    }

    /// Returns the URL of the public API.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.listen)
    }

    /// Returns the URL of the operator's listener.
    #[must_use]
    pub fn admin_url(&self) -> String {
        format!("http://{}", self.admin_listen)
    }

    /// Returns the process id while the process is running.
    #[must_use]
    pub fn process(&self) -> Option<u32> {
        self.process.as_ref().and_then(Process::number)
    }

    /// Returns the data directory.
    #[must_use]
    pub const fn data_dir(&self) -> &DataDir {
        &self.data_dir
    }

    /// Returns the value of a metric, given by its full name.
    pub async fn metric(&self, name: &str) -> u64 {
        let page = Client::new(&self.admin_url()).get("/metrics").await.text;
        let line = page
            .lines()
            .find(|line| line.split(' ').next() == Some(name));
        line.and_then(|line| line.rsplit(' ').next())
            .and_then(|it| it.parse().ok())
            .expect("the server counts it")
    }

    /// Kills the process at once, as a power loss would.
    pub async fn kill(&mut self) {
        if let Some(process) = self.process.take() {
            process.kill().await;
        }
        self.drop_connections();
    }

    /// Requests a shutdown and waits for it. Returns whether the exit status was success.
    pub async fn stop(&mut self) -> bool {
        let stopped = match self.process.take() {
            Some(process) => process.stop().await,
            None => true,
        };
        self.drop_connections();
        stopped
    }

    /// Sets the fault that is injected from the next start on.
    pub const fn inject_fault(&mut self, fault: Option<&'static str>) {
        self.fault = fault;
    }

    /// Starts the server again with the same data and addresses.
    pub async fn run(&mut self) {
        let mut command = self.command_line();
        if let Some(fault) = self.fault {
            command.env("CAAS_FAULT", fault);
        }
        command.args([
            "--json",
            "--no-demo",
            "--listen",
            &self.listen,
            "--admin-listen",
            &self.admin_listen,
        ]);
        let process = Process::start(&mut command).await;
        let address = |url: &str| {
            url.trim_start_matches("http://")
                .trim_end_matches('/')
                .to_owned()
        };
        (self.listen, self.admin_listen) =
            (address(&process.listen), address(&process.admin_listen));
        self.process = Some(process);
        // The process may have ended by itself, and another server may have used the port.
        self.drop_connections();
    }

    /// Drops the idle connections of the test client to the addresses of this server.
    fn drop_connections(&self) {
        drop_connections(&self.url());
        drop_connections(&self.admin_url());
    }

    /// Runs a command such as `tenant list` and returns its JSON output.
    ///
    /// # Errors
    /// Fails with the standard error of a command that fails.
    pub async fn command(&self, words: &[&str]) -> Result<Value, CommandError> {
        let mut command = self.command_line();
        let output = command
            .args(words)
            .arg("--json")
            .stdin(Stdio::null())
            .output()
            .await
            .expect("caas can be started");
        if !output.status.success() {
            return Err(CommandError {
                stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
            });
        }
        Ok(serde_json::from_slice(&output.stdout).expect("an answer is JSON"))
    }

    fn command_line(&self) -> Command {
        let mut command = Command::new(binary());
        // Variables of the tests are not settings of the server.
        for name in NOT_SETTINGS {
            command.env_remove(name);
        }
        command.kill_on_drop(true);
        self.data_dir.configure(&mut command);
        command
    }
}
