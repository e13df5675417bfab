use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use base::limit;
use realtime::Hub;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use super::announce::announce;
use super::router::{add_hsts, admin_router, public_router};
use super::signals::{Signals, reload_certificates};
use super::sockets::Sockets;
use crate::cli_error::CliError;
use crate::config::Config;
use crate::data_dir::DataDirLock;
use crate::demo::Demo;
use crate::listen::{AddressLimit, Certificate, ClientAddresses, Listener};
use crate::open_files::ADMIN_CONNECTIONS;
use crate::operator::{self, Access, Metrics};
use crate::services::Services;
use crate::shutdown::{Shutdown, ShutdownPhase};
use crate::{control, jobs};

/// Time for open requests and presence updates to finish after the shutdown began.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(limit::STOP_SECONDS as u64);

/// Runs all tasks of the server until a signal stops it, then drains them for
/// [`limit::STOP_SECONDS`].
///
/// # Errors
/// Fails if a task cannot start or ends before the shutdown.
pub async fn run(
    config: &Config,
    sockets: Sockets,
    data_dir: Option<&DataDirLock>,
    services: &Services,
    demo: Option<Arc<Demo>>,
    json: bool,
) -> Result<(), CliError> {
    let hub = Hub::new(
        &services.store,
        services.authenticator.clone(),
        services.user_cache.clone(),
    );
    let metrics = Metrics::start(services, hub.clone())?;
    let certificates = sockets.certificates();
    let public = public_listener(
        config,
        sockets.public,
        sockets.certificate,
        public_router(services, hub.clone(), demo.clone())?,
    )?;
    let admin = admin_listener(
        config,
        sockets.admin,
        sockets.admin_certificate,
        services,
        metrics.clone(),
    )?;
    let signals = Signals::listen()?;
    let (shutdown_sender, shutdown) = Shutdown::channel();
    let mut tasks = JoinSet::new();
    if let Some(data_dir) = data_dir {
        let services = Arc::new(services.clone());
        tasks.spawn(control::serve(data_dir.path(), services, shutdown.clone())?);
    }
    announce(&public, &admin, demo.as_deref(), json)?;
    // MongoDB expires documents itself.
    let sweep = data_dir.is_some();
    tasks.spawn(jobs::run(services.clone(), sweep, shutdown.clone()));
    tasks.spawn(metrics.run_upkeep(shutdown.clone()));
    tasks.spawn(reload_certificates(
        certificates,
        sockets.reload_signal,
        shutdown.clone(),
    ));
    tasks.spawn(public.run(shutdown.clone()));
    tasks.spawn(admin.run(shutdown));
    let outcome = tokio::select! {
        () = signals.wait() => Ok(()),
        _ = tasks.join_next() => Err(CliError::new("A task of the server ended unexpectedly; see the log.")),
    };
    tracing::info!("stopping");
    shutdown_sender.send_replace(ShutdownPhase::Draining);
    hub.close();
    let drained = tokio::time::timeout(SHUTDOWN_TIMEOUT, join_all(&mut tasks)).await;
    if drained.is_err() {
        shutdown_sender.send_replace(ShutdownPhase::Aborting);
        join_all(&mut tasks).await;
    }
    // Without it, disconnected users would be shown as online for a while.
    let settled = tokio::time::timeout(SHUTDOWN_TIMEOUT, hub.settled()).await;
    if settled.is_err() {
        tracing::warn!("failed to write the presence of disconnected users");
    }
    outcome
}

fn public_listener(
    config: &Config,
    socket: TcpListener,
    certificate: Option<Arc<Certificate>>,
    router: Router,
) -> Result<Listener, CliError> {
    let tls = acceptor(certificate)?;
    let client_addresses = Arc::new(ClientAddresses::of(&config.listen));
    client_addresses.warn_if_unknown();
    let app = if tls.is_some() {
        add_hsts(router)
    } else {
        router
    };
    Ok(Listener {
        socket,
        tls,
        client_addresses,
        app,
        connections: config.listen.connections,
        per_address: Some(AddressLimit::new(config.listen.connections_per_address)),
    })
}

fn admin_listener(
    config: &Config,
    socket: TcpListener,
    certificate: Option<Arc<Certificate>>,
    services: &Services,
    metrics: Metrics,
) -> Result<Listener, CliError> {
    let bound = socket
        .local_addr()
        .map_err(|error| CliError::new("Cannot determine the bound address").with_cause(error))?;
    let token = operator::token(&config.admin)?;
    let access = Access::new(token, config.admin.hosts.clone(), bound);
    Ok(Listener {
        socket,
        tls: acceptor(certificate)?,
        client_addresses: Arc::default(),
        app: operator::routes(
            services.store.clone(),
            metrics,
            access,
            admin_router(services),
        ),
        connections: ADMIN_CONNECTIONS,
        per_address: None,
    })
}

fn acceptor(certificate: Option<Arc<Certificate>>) -> Result<Option<TlsAcceptor>, CliError> {
    certificate
        .map(|certificate| certificate.acceptor())
        .transpose()
}

async fn join_all(tasks: &mut JoinSet<()>) {
    while tasks.join_next().await.is_some() {}
}
