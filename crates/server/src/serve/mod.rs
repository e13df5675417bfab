//! `caas serve`: start, run and shutdown of the server.

mod announce;
mod router;
mod run;
mod signals;
mod sockets;

use std::sync::Arc;

use base::Context;

use crate::cli_error::CliError;
use crate::config::{Config, StoreChoice};
use crate::data_dir::{DataDirLock, DataDirState, acquire};
use crate::demo::Demo;
use crate::listen::{check_admin_listener, check_public_listener};
use crate::open_files::OpenFileBudget;
use crate::open_media;
use crate::open_store::open_store;
use crate::services::Services;
use run::run;
use sockets::Sockets;

pub use sockets::certificates;

/// Runs the server until SIGTERM or SIGINT.
///
/// # Errors
/// Fails if the server cannot start or a task ends unexpectedly.
pub async fn serve(config: &Config, json: bool) -> Result<(), CliError> {
    check_public_listener(&config.listen)?;
    check_admin_listener(&config.listen, &config.admin)?;
    let budget = OpenFileBudget::of_process(config)?;
    let data_dir = acquire_data_dir(config).await?;
    let sockets = Sockets::bind(config).await?;
    let services = open_store(config, data_dir.as_ref(), Context::system(), budget.files).await?;
    let mut config = config.clone();
    config.listen.connections = budget.connections;
    let config = &config;
    let result = match prepare(config, &services).await {
        Ok(demo) => run(config, sockets, data_dir.as_ref(), &services, demo, json).await,
        Err(error) => Err(error),
    };
    services.store.close().await;
    result
}

async fn acquire_data_dir(config: &Config) -> Result<Option<DataDirLock>, CliError> {
    if matches!(config.store.url, StoreChoice::Mongo(_)) {
        return Ok(None);
    }
    match acquire(&config.store.data_dir).await? {
        DataDirState::Locked(data_dir) => Ok(Some(data_dir)),
        DataDirState::Served => {
            let data_dir = config.store.data_dir.display();
            Err(CliError::new(format!(
                "Another server uses {data_dir}; set another --data-dir."
            )))
        }
    }
}

/// Checks the media storage and prepares the demo.
async fn prepare(config: &Config, services: &Services) -> Result<Option<Arc<Demo>>, CliError> {
    open_media::check_store_id(&services.media_storage, &services.store).await?;
    open_media::warn_if_kept(&services.media_storage).await;
    prepare_demo(config, services).await
}

/// Prepares the demo if it is enabled and private. A loopback address with a
/// certificate or behind a proxy is a real service.
async fn prepare_demo(config: &Config, services: &Services) -> Result<Option<Arc<Demo>>, CliError> {
    let listen = &config.listen;
    let is_private =
        listen.address.ip().is_loopback() && listen.tls_cert.is_none() && !listen.behind_proxy;
    if !config.demo.enabled || !is_private {
        return Ok(None);
    }
    let demo = Demo::prepare(services.clone()).await;
    demo.map(Some).map_err(|error| {
        CliError::new("Cannot create the demo (--no-demo disables it)").with_error(error)
    })
}
