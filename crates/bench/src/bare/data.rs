use std::path::PathBuf;

use clap::Args;
use mongodb::{Client, Database};

/// Where a bare server reads.
#[derive(Debug, Clone)]
pub enum Data {
    /// Nowhere.
    None,
    /// In the files of a data folder.
    Sqlite(PathBuf),
    /// In the database of tenants that share one.
    MongoDb(Database),
}

/// How a bare server is told where to read.
#[derive(Debug, Args)]
pub struct Place {
    #[arg(long)]
    folder: Option<PathBuf>,
    #[arg(long, requires = "database")]
    mongodb: Option<String>,
    #[arg(long)]
    database: Option<String>,
}

impl Place {
    /// Connects.
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
                folder: Some(folder),
                ..
            } => Data::Sqlite(folder),
            Self { .. } => Data::None,
        }
    }
}
