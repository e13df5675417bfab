//! Bare servers that only move bytes, in a separate process like the measured
//! server.

mod accept;

use std::path::PathBuf;
use std::process::Stdio;

use axum::extract::State;
use axum::extract::ws::{Message, Utf8Bytes, WebSocket, WebSocketUpgrade};
use axum::response::Response;
use axum::routing::{any, post};
use axum::serve::ListenerExt as _;
use axum::{Json, Router};
use clap::Args;
use mongodb::{Client, Database};
use serde_json::Value;
use testkit::DataDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::TcpListener;
use tokio::process::{Child, Command};
use tokio::sync::broadcast::{Receiver, Sender};

/// Read buffer of a connection in bytes.
const READ: usize = 4 * 1024;

/// Running bare server, killed on drop.
#[derive(Debug)]
pub struct Bare {
    child: Child,
    /// `host:port`.
    pub address: String,
}

impl Bare {
    /// Starts a bare server without data.
    pub async fn start() -> Self {
        Self::with(&[]).await
    }

    /// Starts a bare server that reads the data of a server.
    pub async fn on(data_dir: &DataDir) -> Self {
        match data_dir.mongodb() {
            Some((uri, prefix)) => {
                Self::with(&["--mongodb", uri, "--database", &format!("{prefix}_shared")]).await
            }
            None => Self::with(&["--data-dir", &data_dir.path().to_string_lossy()]).await,
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
            .expect("it prints its address");
        Self { child, address }
    }

    /// Returns the process id.
    pub fn process(&self) -> u32 {
        self.child.id().expect("it runs")
    }
}

/// Data of a bare server.
#[derive(Debug, Clone)]
pub enum Data {
    /// No data.
    None,
    /// Files of a data directory.
    Sqlite(PathBuf),
    /// Shared database.
    MongoDb(Database),
}

/// Arguments that select the data of a bare server.
#[derive(Debug, Args)]
pub struct DataArgs {
    #[arg(long)]
    data_dir: Option<PathBuf>,
    #[arg(long, requires = "database")]
    mongodb: Option<String>,
    #[arg(long)]
    database: Option<String>,
}

impl DataArgs {
    /// Opens the data.
    pub async fn open(self) -> Data {
        match self {
            Self {
                mongodb: Some(uri),
                database: Some(name),
                ..
            } => Data::MongoDb(
                Client::with_uri_str(uri)
                    .await
                    .expect("the replica set")
                    .database(&name),
            ),
            Self {
                data_dir: Some(path),
                ..
            } => Data::Sqlite(path),
            Self { .. } => Data::None,
        }
    }
}

/// Serves until killed; prints its address first.
pub async fn serve(data: Data) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    crate::show(&listener.local_addr().expect("an address").to_string());
    let app = Router::new()
        .route("/echo", post(echo))
        .route("/broadcast", any(join))
        .with_state(Broadcast::default())
        .merge(
            Router::new()
                .route("/accept", any(accept::accept))
                .with_state(data),
        );
    let undelayed = listener.tap_io(|stream| stream.set_nodelay(true).expect("a socket"));
    axum::serve(undelayed, app)
        .await
        .expect("the listener does not fail");
}

/// Maximum number of queued frames per receiver.
const MAX_QUEUED: usize = 4_096;

/// Channel to all connected clients.
#[derive(Debug, Clone)]
struct Broadcast(Sender<Utf8Bytes>);

impl Default for Broadcast {
    fn default() -> Self {
        Self(Sender::new(MAX_QUEUED))
    }
}

/// Relays each frame of a client to all clients.
async fn join(State(clients): State<Broadcast>, upgrade: WebSocketUpgrade) -> Response {
    upgrade
        .read_buffer_size(READ)
        .write_buffer_size(0)
        .on_upgrade(async move |socket| {
            let frames = clients.0.subscribe();
            relay(socket, clients, frames).await;
        })
}

async fn relay(mut socket: WebSocket, clients: Broadcast, mut frames: Receiver<Utf8Bytes>) {
    loop {
        tokio::select! {
            received = socket.recv() => match received {
                // Fails only without receivers.
                Some(Ok(Message::Text(text))) => { let _ = clients.0.send(text); }
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return,
            },
            frame = frames.recv() => {
                let Ok(frame) = frame else { return };
                if socket.send(Message::Text(frame)).await.is_err() {
                    return;
                }
            }
        }
    }
}

/// Returns the request body.
async fn echo(Json(body): Json<Value>) -> Json<Value> {
    Json(body)
}
