//! Opens the configured store: the one place that names an engine.

use std::sync::Arc;

use base::Context;
use domain::auth::RateLimits;
use domain::key_ring::KeyRing;
use domain::tenants::opens_secrets;
use store::{Engine, Store};
use store_mongo::MongoEngine;
use store_sqlite::SqliteEngine;
use zeroize::Zeroizing;

use crate::command::Desk;
use crate::config::{Config, Requests, StoreChoice};
use crate::folder::Folder;
use crate::master_key::master_key;
use crate::refusal::Refusal;

/// The store, with so many database files open at most, and what seals its secrets.
///
/// # Errors
/// A sentence when the store cannot be opened or the master key is not to be had.
pub async fn open(
    config: &Config,
    folder: Option<&Folder>,
    context: Context,
    open_files: usize,
) -> Result<Desk, Refusal> {
    let key = Zeroizing::new(master_key(
        &config.master_key,
        folder.map(Folder::path),
        &context,
    )?);
    let store = Store::new(engine(config, open_files).await?, context.clone());
    let vault = KeyRing::new(&key, context);
    if let Err(refusal) = check_vault(&store, &vault).await {
        store.close().await;
        return Err(refusal);
    }
    let Requests {
        user,
        tenant,
        address,
    } = config.requests.clone();
    let rates = RateLimits {
        user,
        tenant,
        address,
    };
    Ok(Desk::new(store, vault, rates))
}

/// Rejects a master key that is not the one under which the stored secrets
/// were sealed: every token would fail with it.
async fn check_vault(store: &Store, vault: &KeyRing) -> Result<(), Refusal> {
    let opens = opens_secrets(&store.platform(), vault).await;
    if opens.map_err(|failure| Refusal::new("The store cannot be read").because(failure))? {
        return Ok(());
    }
    Err(Refusal::new(
        "The master key is not the one under which the stored secrets were sealed; give that one.",
    ))
}

async fn engine(config: &Config, open_files: usize) -> Result<Arc<dyn Engine>, Refusal> {
    let catalogue = domain::catalogue();
    let closed = || Refusal::new("The store cannot be opened");
    match &config.store.url {
        StoreChoice::Sqlite => {
            if let Some(file) = SqliteEngine::missing_file(&config.store.data_dir) {
                let file = file.display();
                return Err(Refusal::new(format!(
                    "The database file {file} is missing; restore it from a backup."
                )));
            }
            let data_dir = config.store.data_dir.clone();
            let options = store_sqlite::Options {
                data_dir,
                catalogue,
                open_files,
            };
            Ok(SqliteEngine::open(options).map_err(|error| closed().caused_by(error))?)
        }
        StoreChoice::Mongo(url) => {
            let options = store_mongo::Options {
                prefix: config.store.prefix.clone(),
                min_pool: config.store.pool_min,
                max_pool: config.store.pool_max,
                watch: follows_others(),
                ..store_mongo::Options::new(url.reveal(), catalogue)
            };
            Ok(MongoEngine::connect(options)
                .await
                .map_err(|error| closed().caused_by(error))?)
        }
    }
}

#[cfg(feature = "planted")]
use crate::planted::follows_others;

/// A node follows what the others write.
#[cfg(not(feature = "planted"))]
const fn follows_others() -> bool {
    true
}
