//! Opening of the configured store. Only this module names the engines.

use std::sync::Arc;

use base::Context;
use domain::auth::RateLimits;
use domain::key_ring::KeyRing;
use domain::sign_in::{PasswordCost, Passwords};
use domain::tenants::opens_secrets;
use store::{Engine, Store};
use store_mongo::MongoEngine;
use store_sqlite::SqliteEngine;
use zeroize::Zeroizing;

use crate::cli_error::CliError;
use crate::config::{Config, Requests, StoreChoice};
use crate::data_dir::DataDirLock;
use crate::fault_injection;
use crate::mailer::Mailer;
use crate::master_key::master_key;
use crate::open_media;
use crate::services::Services;

/// Opens the store with at most `open_files` open database files, and creates
/// the services.
///
/// # Errors
/// Fails if the store or the media storage cannot be opened, or the master key is missing or wrong.
pub async fn open_store(
    config: &Config,
    data_dir: Option<&DataDirLock>,
    context: Context,
    open_files: usize,
) -> Result<Services, CliError> {
    let key = Zeroizing::new(master_key(
        &config.master_key,
        data_dir.map(DataDirLock::path),
        &context,
    )?);
    let mailer = Mailer::new(&config.mail)?;
    let cost = PasswordCost {
        memory_kib: config.passwords.memory_kib,
        iterations: config.passwords.iterations,
        total_memory_mib: config.passwords.total_memory_mib,
    };
    let passwords = Passwords::new(cost, context.clone())
        .map_err(|error| CliError::new("Invalid [passwords]").with_cause(error))?;
    let media_storage = open_media::open(config)?;
    let media = open_media::files(&config.media, &media_storage);
    let store = Store::new(engine(config, open_files).await?, context.clone());
    let key_ring = KeyRing::new(&key, context);
    if let Err(error) = check_vault(&store, &key_ring).await {
        store.close().await;
        return Err(error);
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
    Ok(Services::new(
        store,
        key_ring,
        rates,
        media,
        media_storage,
        passwords,
        mailer,
    ))
}

/// Fails if the master key does not decrypt the stored secrets: every token
/// would be rejected.
async fn check_vault(store: &Store, key_ring: &KeyRing) -> Result<(), CliError> {
    let opens = opens_secrets(&store.platform(), key_ring).await;
    if opens.map_err(|error| CliError::new("Cannot read the store").with_error(error))? {
        return Ok(());
    }
    Err(CliError::new(
        "The master key does not match the stored secrets. Set the key with which they were encrypted.",
    ))
}

async fn engine(config: &Config, open_files: usize) -> Result<Arc<dyn Engine>, CliError> {
    let catalogue = domain::catalogue();
    let failed = || CliError::new("Cannot open the store");
    match &config.store.url {
        StoreChoice::Sqlite => {
            if let Some(file) = SqliteEngine::missing_file(&config.store.data_dir) {
                let file = file.display();
                return Err(CliError::new(format!(
                    "The database file {file} is missing; restore it from a backup."
                )));
            }
            let data_dir = config.store.data_dir.clone();
            let options = store_sqlite::Options {
                data_dir,
                catalogue,
                open_files,
            };
            Ok(SqliteEngine::open(options).map_err(|error| failed().with_cause(error))?)
        }
        StoreChoice::Mongo(url) => {
            let options = store_mongo::Options {
                prefix: config.store.prefix.clone(),
                min_pool: config.store.pool_min,
                max_pool: config.store.pool_max,
                watch: !fault_injection::is_injected("change-stream-stopped"),
                ..store_mongo::Options::new(url.reveal(), catalogue)
            };
            Ok(MongoEngine::connect(options)
                .await
                .map_err(|error| failed().with_cause(error))?)
        }
    }
}
