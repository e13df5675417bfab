use testkit::mongod::ReplicaSet;
use testkit::{DataDir, Engine, ServerProcess};

use crate::client::{Http, Socket};

/// Requests a second that no measurement reaches: each is counted, none is refused.
const UNBOUNDED: u32 = u32::MAX;

/// What is measured on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Target {
    /// The engine.
    pub engine: Engine,
    /// Members of the replica set, on `MongoDB`.
    pub members: usize,
}

impl Target {
    /// As the table shows it.
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

/// A server of a workload's own, with an empty store.
#[derive(Debug)]
pub struct Server {
    /// What it runs on.
    pub target: Target,
    /// The process.
    pub caas: ServerProcess,
    /// Kept for as long as the server runs.
    _set: Option<ReplicaSet>,
}

impl Server {
    /// Starts one.
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
            .with("CAAS_USER_REQUESTS", UNBOUNDED)
            .with("CAAS_TENANT_REQUESTS", UNBOUNDED);
        Self {
            target,
            caas: ServerProcess::start(&data_dir).await,
            _set: set,
        }
    }

    /// `host:port` of the public API.
    pub fn address(&self) -> String {
        self.caas.url().trim_start_matches("http://").to_owned()
    }

    /// The number of its process.
    pub fn process(&self) -> u32 {
        self.caas.process().expect("the server runs")
    }

    /// A new connection.
    pub async fn http(&self) -> Http {
        Http::open(&self.address()).await
    }

    /// A new socket of a user, who is there from the heads on.
    pub async fn socket(&self, token: &str, device: &str) -> Socket {
        Self::greet(&self.address(), token, device, "{}").await
    }

    /// The same at `host:port` and from these cursors on.
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

    /// Removes what it left on a replica set.
    pub async fn clear(mut self) {
        self.caas.kill().await;
        self.caas.data_dir().clear().await;
    }
}
