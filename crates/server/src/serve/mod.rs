//! `caas serve`: from the configuration to a running server and to its stop.

mod announce;
mod app;
mod reload;
mod run;
mod signals;
mod sockets;

use std::sync::Arc;

use base::Context;

use crate::command::Desk;
use crate::config::{Config, StoreChoice};
use crate::demo::Demo;
use crate::descriptors::Descriptors;
use crate::folder::{Claim, Folder, claim};
use crate::listen::{refuse_open_address, refuse_open_admin};
use crate::opened::open;
use crate::refusal::Refusal;
use run::run;
use sockets::Sockets;

pub use sockets::certificates;

/// Serves until SIGTERM or SIGINT.
///
/// # Errors
/// A sentence about what keeps the server from starting.
pub async fn serve(config: &Config, json: bool) -> Result<(), Refusal> {
    refuse_open_address(&config.listen)?;
    refuse_open_admin(&config.listen, &config.admin)?;
    let descriptors = Descriptors::of_process(config)?;
    let folder = take_folder(config).await?;
    let sockets = Sockets::bind(config).await?;
    let desk = open(
        config,
        folder.as_ref(),
        Context::system(),
        descriptors.files,
    )
    .await?;
    let mut config = config.clone();
    config.listen.connections = descriptors.connections;
    let config = &config;
    let served = match prepare_demo(config, &desk).await {
        Ok(demo) => run(config, sockets, folder.as_ref(), &desk, demo, json).await,
        Err(refusal) => Err(refusal),
    };
    desk.store.close().await;
    served
}

async fn take_folder(config: &Config) -> Result<Option<Folder>, Refusal> {
    if matches!(config.store.url, StoreChoice::Mongo(_)) {
        return Ok(None);
    }
    match claim(&config.store.data_dir).await? {
        Claim::Ours(folder) => Ok(Some(folder)),
        Claim::Served => {
            let folder = config.store.data_dir.display();
            Err(Refusal::new(format!(
                "Another server serves {folder}; give this one another --data-dir."
            )))
        }
    }
}

/// The demo, unless it is not wanted or others could reach it: a loopback
/// address with a certificate or behind a proxy is somebody's real service.
async fn prepare_demo(config: &Config, desk: &Desk) -> Result<Option<Arc<Demo>>, Refusal> {
    let listen = &config.listen;
    let private =
        listen.address.ip().is_loopback() && listen.tls_cert.is_none() && !listen.behind_proxy;
    if !config.demo.enabled || !private {
        return Ok(None);
    }
    let demo = Demo::prepare(desk.clone()).await;
    demo.map(Some).map_err(|failure| {
        Refusal::new("The demo cannot be made; --no-demo starts without").because(failure)
    })
}
