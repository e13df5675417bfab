use std::sync::Arc;
use std::time::Duration;

use mongodb::Client;
use mongodb::bson::{Document, doc};
use mongodb::options::{ClientOptions, ReadConcern};
use store::{Cause, Durability, Stats};

use crate::fault::{Fault, in_time};
use crate::namespace::Namespaces;
use crate::options::Options;
use crate::watch::Watch;
use crate::{MongoEngine, commit};

/// Time limit for the driver to find a primary.
const SELECTION: Duration = Duration::from_secs(5);
const CONNECT: Duration = Duration::from_secs(3);
/// Wire version of the oldest supported server, 6.0.
const OLDEST: i32 = 17;

/// Reason why the replica set cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The address is not a valid connection string.
    #[error("invalid MongoDB connection string: {0}")]
    Address(#[source] mongodb::error::Error),
    /// The server is not part of a replica set.
    #[error(
        "the MongoDB server is a standalone, but caas needs a replica set for transactions and change streams: \
         start it with `--replSet rs0`, run `rs.initiate()` once in its shell (one member is enough), and try again"
    )]
    Standalone,
    /// The server is older than 6.0.
    #[error("the MongoDB server is too old: caas needs 6.0 or later")]
    TooOld,
    /// The user lacks a required permission.
    #[error(
        "the MongoDB replica set refuses: {0}; the user needs `readWriteAnyDatabase`, \
         which also lets it follow what other nodes write"
    )]
    Forbidden(#[source] Cause),
    /// No primary is reachable.
    #[error(
        "no primary of the MongoDB replica set answers; if the set is new, run `rs.initiate()` once: {0}"
    )]
    Unreachable(#[source] Cause),
}

impl MongoEngine {
    /// Connects to a replica set and, if [`Options::watch`] is set, opens the change stream.
    ///
    /// # Errors
    /// Fails with [`ConnectError`] if the address is invalid, no primary is reachable, the server
    /// is a standalone or older than 6.0, or the user lacks a permission.
    pub async fn connect(options: Options) -> Result<Arc<Self>, ConnectError> {
        let mut client = ClientOptions::parse(&options.uri)
            .await
            .map_err(ConnectError::Address)?;
        client.app_name.get_or_insert_with(|| "caas".to_owned());
        client.min_pool_size.get_or_insert(options.min_pool);
        let connections = *client.max_pool_size.get_or_insert(options.max_pool);
        client.server_selection_timeout.get_or_insert(SELECTION);
        client.connect_timeout.get_or_insert(CONNECT);
        client.read_concern = Some(ReadConcern::majority());
        client.write_concern = Some(commit::concern(Durability::Durable));
        (client.retry_reads, client.retry_writes) = (Some(true), Some(true));
        let client = Client::with_options(client).map_err(ConnectError::Address)?;
        let admin = client.database("admin");
        check(
            &in_time(admin.run_command(doc! { "hello": 1 }))
                .await
                .map_err(refused)?,
        )?;
        let names = Namespaces::new(client.clone(), options.prefix);
        let watch = if options.watch {
            Some(
                Watch::start(client.clone(), names.clone(), &options.catalogue)
                    .await
                    .map_err(refused)?,
            )
        } else {
            None
        };
        Ok(Self::new(
            client,
            names,
            options.catalogue,
            watch,
            Arc::new(Stats::default()),
            connections,
        ))
    }
}

fn refused(fault: Fault) -> ConnectError {
    if fault.passes() {
        ConnectError::Unreachable(fault.cause())
    } else {
        ConnectError::Forbidden(fault.cause())
    }
}

fn check(hello: &Document) -> Result<(), ConnectError> {
    let sharded = hello.get_str("msg").is_ok_and(|msg| msg == "isdbgrid");
    if !sharded && !hello.contains_key("setName") {
        return Err(ConnectError::Standalone);
    }
    if hello.get_i32("maxWireVersion").unwrap_or_default() < OLDEST {
        return Err(ConnectError::TooOld);
    }
    Ok(())
}
