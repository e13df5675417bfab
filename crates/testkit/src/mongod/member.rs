use std::net::TcpListener;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use mongodb::bson::{Document, doc};
use mongodb::options::{ClientOptions, ServerAddress};
use mongodb::{Client, error};
use tokio::io::AsyncWriteExt;
use tokio::process::{Child, ChildStdin, Command};
use tokio::time::{Instant, sleep};

use super::replica_set::{SET, Setup};
use super::{Error, binary};

/// How long a server may take to respond for the first time.
const START: Duration = Duration::from_secs(30);
const POLL: Duration = Duration::from_millis(20);

/// Storage options that close unused files soon.
const IDLE_FILES: &str =
    "file_manager=(close_idle_time=10,close_scan_interval=5,close_handle_minimum=200)";

/// Script that runs the server until the pipe from the test returns a word or closes, then kills
/// it.
///
/// The pipe closes however the test ends. The data directory is removed unless the word is `keep`.
const KEEPER: &str = r#"
folder=$1; shift
"$@" --dbpath "$folder" >/dev/null 2>&1 </dev/null & server=$!
read -r word
kill -9 $server; wait $server 2>/dev/null
[ "$word" = keep ] || rm -rf "$folder"
"#;

/// One server of a set, running or killed.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) port: u16,
    /// Keeps the port from other members until the server starts.
    reserved: Option<TcpListener>,
    folder: PathBuf,
    running: Option<(Child, ChildStdin)>,
}

impl Member {
    pub(super) fn new() -> Result<Self, Error> {
        let folder = tempfile::Builder::new()
            .prefix("caas-mongod-")
            .tempdir()?
            .keep();
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let port = listener.local_addr()?.port();
        Ok(Self {
            port,
            reserved: Some(listener),
            folder,
            running: None,
        })
    }

    /// Starts the server unless it is running.
    pub(super) async fn start(&mut self, setup: &Setup) -> Result<(), Error> {
        if self.running.is_some() {
            return Ok(());
        }
        if !binary().is_file() {
            let hint = "`cargo xtask test` fetches one, and CAAS_MONGOD names another";
            return Err(format!("there is no mongod at {}: {hint}", binary().display()).into());
        }
        let mut command = Command::new("sh");
        command
            .args(["-c", KEEPER, "keeper"])
            .arg(&self.folder)
            .arg(binary());
        command.args(["--port", &self.port.to_string(), "--bind_ip", "127.0.0.1"]);
        command.args(["--wiredTigerCacheSizeGB", "0.25", "--noscripting"]);
        command.args(["--setParameter", "diagnosticDataCollectionEnabled=false"]);
        // Each test drops its databases: files that are gone must not count as open for minutes.
        command.args(["--setParameter", "minSnapshotHistoryWindowInSeconds=5"]);
        command.args(["--wiredTigerEngineConfigString", IDLE_FILES]);
        // A killed server may leave a transaction open, and dropping the test's databases waits
        // for it.
        command.args(["--setParameter", "transactionLifetimeLimitSeconds=10"]);
        command.args([
            "--setParameter",
            &format!("ttlMonitorEnabled={}", setup.expires),
        ]);
        if setup.expires {
            command.args(["--setParameter", "ttlMonitorSleepSecs=1"]);
        }
        if setup.replicated {
            command.args(["--replSet", SET]);
        }
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        drop(self.reserved.take());
        let mut child = command.spawn()?;
        let pipe = child.stdin.take().ok_or("the keeper has no pipe")?;
        self.running = Some((child, pipe));
        self.wait_until_it_answers().await
    }

    /// Kills the server at once, as a power loss would.
    pub(super) async fn kill(&mut self) -> Result<(), Error> {
        if let Some((mut keeper, mut pipe)) = self.running.take() {
            pipe.write_all(b"keep\n").await?;
            keeper.wait().await?;
        }
        Ok(())
    }

    /// Returns whether the server was started and not killed.
    pub(super) const fn runs(&self) -> bool {
        self.running.is_some()
    }

    /// Returns the server's response to `hello`.
    pub(super) async fn hello(&self) -> error::Result<Document> {
        self.client()?
            .database("admin")
            .run_command(doc! { "hello": 1 })
            .await
    }

    /// Returns a client of this server only, whatever its role in the set.
    pub(super) fn client(&self) -> error::Result<Client> {
        let host = ServerAddress::Tcp {
            host: "127.0.0.1".to_owned(),
            port: Some(self.port),
        };
        let patience = Some(Duration::from_secs(2));
        let mut options = ClientOptions::builder()
            .hosts(vec![host])
            .direct_connection(true)
            .build();
        (options.server_selection_timeout, options.connect_timeout) = (patience, patience);
        Client::with_options(options)
    }

    async fn wait_until_it_answers(&self) -> Result<(), Error> {
        let deadline = Instant::now() + START;
        while let Err(error) = self.hello().await {
            if Instant::now() > deadline {
                return Err(format!("{} does not answer: {error}", binary().display()).into());
            }
            sleep(POLL).await;
        }
        Ok(())
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        if !self.runs() {
            // Nothing depends on it: a directory that remains wastes space only.
            let _ = std::fs::remove_dir_all(&self.folder);
        }
    }
}
