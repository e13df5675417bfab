//! `caas serve`: from the configuration to a running server and to its stop.

mod announce;
mod app;
mod signals;

use std::sync::Arc;
use std::time::Duration;

use base::{Context, limit};
use realtime::Hub;
use tokio::task::JoinSet;

use crate::command::Desk;
use crate::config::{Config, Listen, StoreChoice};
use crate::demo::Demo;
use crate::folder::{Claim, Folder, claim};
use crate::listen::{Listener, Phase, Phases, acceptor, bind, refuse_open_address};
use crate::open_files::raise_open_files;
use crate::opened::open;
use crate::operator::{self, Metrics};
use crate::refusal::Refusal;
use crate::{control, jobs};
use signals::Signals;

/// Connections of the operator's listener.
const OPERATORS: u32 = 64;

/// Serves until SIGTERM or SIGINT.
///
/// # Errors
/// A sentence about what keeps the server from starting.
pub async fn serve(config: &Config, json: bool) -> Result<(), Refusal> {
    refuse_open_address(&config.listen)?;
    tracing::debug!(open_files = raise_open_files(), "the limit of open files");
    let folder = take_folder(config).await?;
    let desk = open(config, folder.as_ref(), Context::system()).await?;
    let served = run(config, json, folder.as_ref(), &desk).await;
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
            Err(Refusal::new(format!("Another server serves {folder}; give this one another --data-dir.")))
        }
    }
}

async fn run(config: &Config, json: bool, folder: Option<&Folder>, desk: &Desk) -> Result<(), Refusal> {
    let hub = Hub::new(desk.store.clone(), desk.door.clone(), desk.cards.clone());
    let metrics = Metrics::start(desk.store.clone(), hub.clone())?;
    let demo = prepare_demo(config, desk).await?;
    let public = public_listener(&config.listen, app::public(hub.clone(), demo.clone())).await?;
    let admin = Listener {
        socket: bind(config.listen.admin_address).await?,
        tls: None,
        app: operator::routes(desk.store.clone(), metrics),
        connections: OPERATORS,
    };
    let signals = Signals::listen()?;
    let (switch, phases) = Phases::new();
    let mut running = JoinSet::new();
    if let Some(folder) = folder {
        running.spawn(control::serve(folder.path(), Arc::new(desk.clone()), phases.clone())?);
    }
    announce::announce(&public, &admin, demo.as_deref(), json)?;
    running.spawn(jobs::run(desk.store.clone(), folder.is_some(), phases.clone()));
    running.spawn(public.run(phases.clone()));
    running.spawn(admin.run(phases));
    signals.stop().await;
    tracing::info!("stopping");
    switch.send_replace(Phase::Draining);
    hub.close();
    let finish = async { while running.join_next().await.is_some() {} };
    if tokio::time::timeout(Duration::from_secs(limit::STOP_SECONDS as u64), finish).await.is_err() {
        switch.send_replace(Phase::Cutting);
        while running.join_next().await.is_some() {}
    }
    Ok(())
}

async fn prepare_demo(config: &Config, desk: &Desk) -> Result<Option<Arc<Demo>>, Refusal> {
    if !config.demo.enabled || !config.listen.address.ip().is_loopback() {
        return Ok(None);
    }
    let demo = Demo::prepare(desk.clone()).await;
    demo.map(Some).map_err(|failure| Refusal::new("The demo cannot be made; --no-demo starts without").because(failure))
}

async fn public_listener(config: &Listen, app: axum::Router) -> Result<Listener, Refusal> {
    let tls = match (&config.tls_cert, &config.tls_key) {
        (Some(cert), Some(key)) => Some(acceptor(cert, key)?),
        _ => None,
    };
    Ok(Listener { socket: bind(config.address).await?, tls, app, connections: config.connections })
}
