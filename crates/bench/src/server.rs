use testkit::mongod::ReplicaSet;
use testkit::{DataDir, Engine, ServerProcess};

use crate::client::{Http, Socket};

/// Rate limit that no measurement reaches.
const UNLIMITED: u32 = u32::MAX;

/// Engine and topology of a measurement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Target {
    /// Engine.
    pub engine: Engine,
    /// Number of members of the replica set, with `MongoDB`.
    pub members: usize,
}

impl Target {
    /// Returns the name for the table.
    pub fn name(self) -> String {
        match self.engine {
            Engine::Sqlite => "sqlite".to_owned(),
            Engine::MongoDb => format!(
                "mongodb, {} member{}",
                self.members,
                if self.members == 1 { "" } else { "s" }
            ),
        }
    }
}

/// Server of one workload, started with an empty store.
#[derive(Debug)]
pub struct Server {
    /// Engine and topology.
    pub target: Target,
    /// Process of the server.
    pub caas: ServerProcess,
    /// Keeps the replica set running.
    _set: Option<ReplicaSet>,
}

impl Server {
    /// Starts a server.
    pub async fn start(target: Target) -> Self {
        let set = match target {
            Target {
                engine: Engine::MongoDb,
                members,
            } if members > 1 => Some(ReplicaSet::start(members).await.expect("a replica set")),
            _ => None,
        };
        let data_dir = match &set {
            Some(set) => DataDir::on(&set.uri()),
            None => DataDir::new(target.engine).await,
        };
        let data_dir = data_dir
            .with("CAAS_USER_REQUESTS", UNLIMITED)
            .with("CAAS_TENANT_REQUESTS", UNLIMITED);
        Self {
            target,
            caas: ServerProcess::start(&data_dir).await,
            _set: set,
        }
    }

    /// Returns `host:port` of the public API.
    pub fn address(&self) -> String {
        self.caas.url().trim_start_matches("http://").to_owned()
    }

    /// Returns the process id.
    pub fn process(&self) -> u32 {
        self.caas.process().expect("the server runs")
    }

    /// Opens an HTTP connection.
    pub async fn http(&self) -> Http {
        Http::open(&self.address()).await
    }

    /// Opens a WebSocket of a user that receives new events only.
    pub async fn socket(&self, token: &str, device: &str) -> Socket {
        Self::greet(&self.address(), token, device, "{}").await
    }

    /// Opens a WebSocket at `host:port` that resumes from cursors.
    pub async fn greet(address: &str, token: &str, device: &str, cursors: &str) -> Socket {
        let mut socket = Socket::open(address, "/v1/realtime").await;
        let hello = format!(
            r#"{{"t":"hello","token":"{token}","device_id":"{device}","cursors":{cursors}}}"#
        );
        socket.send(&hello).await;
        while socket
            .wait_for(r#"{"t":"ready""#)
            .await
            .contains(r#""more":true"#)
        {}
        socket
    }

    /// Kills the server and deletes its data from a replica set.
    pub async fn clear(mut self) {
        self.caas.kill().await;
        self.caas.data_dir().clear().await;
    }
}
