//! `caas serve`: from the configuration to a running server and to its stop.

use std::time::Duration;

use axum::Router;
use axum::routing::get;
use base::limit;
use serde_json::json;
use tokio::signal::unix::{SignalKind, signal};

use crate::config::{Config, Listen};
use crate::listen::{Listener, Phase, Phases, acceptor, bind, refuse_open_address};
use crate::open_files::raise_open_files;
use crate::refusal::Refusal;
use crate::terminal::say;

/// Serves until SIGTERM or SIGINT.
///
/// # Errors
/// A sentence about what keeps the server from starting.
pub async fn serve(config: &Config, json: bool) -> Result<(), Refusal> {
    refuse_open_address(&config.listen)?;
    tracing::debug!(open_files = raise_open_files(), "the limit of open files");
    let app = Router::new().route("/healthz", get(async || "ok"));
    let public = listener(&config.listen, app.clone()).await?;
    let admin_socket = bind(config.listen.admin_address).await?;
    let admin = Listener { socket: admin_socket, tls: None, app, connections: 64 };
    announce(&public, &admin, json)?;
    let (switch, phases) = Phases::new();
    let mut serving = std::pin::pin!(async { tokio::join!(public.run(phases.clone()), admin.run(phases)) });
    tokio::select! {
        _ = &mut serving => {}
        stopped = stop_signal() => stopped?,
    }
    switch.send_replace(Phase::Draining);
    if tokio::time::timeout(Duration::from_secs(limit::STOP_SECONDS as u64), &mut serving).await.is_err() {
        switch.send_replace(Phase::Cutting);
        serving.await;
    }
    Ok(())
}

async fn listener(config: &Listen, app: Router) -> Result<Listener, Refusal> {
    let tls = match (&config.tls_cert, &config.tls_key) {
        (Some(cert), Some(key)) => Some(acceptor(cert, key)?),
        _ => None,
    };
    Ok(Listener { socket: bind(config.address).await?, tls, app, connections: config.connections })
}

fn announce(public: &Listener, admin: &Listener, as_json: bool) -> Result<(), Refusal> {
    let (public, admin) = (public.url()?, admin.url()?);
    if as_json {
        say(&json!({"listen": public, "admin_listen": admin}).to_string());
    } else {
        say(&format!("caas listens on {public}, for the operator on {admin}"));
    }
    Ok(())
}

async fn stop_signal() -> Result<(), Refusal> {
    let deaf = |error| Refusal::new("The process cannot listen for signals").caused_by(error);
    let mut terminate = signal(SignalKind::terminate()).map_err(deaf)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(deaf)?;
    tokio::select! { _ = terminate.recv() => {}, _ = interrupt.recv() => {} }
    Ok(())
}
