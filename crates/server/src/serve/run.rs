use std::sync::Arc;
use std::time::Duration;

use base::limit;
use realtime::Hub;
use tokio::task::JoinSet;

use super::reload::reload;
use super::signals::Signals;
use super::sockets::Sockets;
use super::{announce, app};
use crate::command::Desk;
use crate::config::Config;
use crate::demo::Demo;
use crate::descriptors::OPERATORS;
use crate::folder::Folder;
use crate::listen::{AddressLimit, Certificate, Clients, Listener, Phase, Phases};
use crate::operator::{self, Access, Metrics};
use crate::refusal::Refusal;
use crate::{control, jobs};

/// Runs all parts of the server until a signal says stop, then lets requests
/// and sockets finish for [`limit::STOP_SECONDS`].
pub async fn run(
    config: &Config,
    sockets: Sockets,
    folder: Option<&Folder>,
    desk: &Desk,
    demo: Option<Arc<Demo>>,
    json: bool,
) -> Result<(), Refusal> {
    let hub = Hub::new(&desk.store, desk.door.clone(), desk.cards.clone());
    let metrics = Metrics::start(desk.store.clone(), hub.clone(), desk.intake.clone())?;
    let certificates = sockets.certificates();
    let acceptor =
        |certificate: Option<Arc<Certificate>>| certificate.map(|it| it.acceptor()).transpose();
    let Sockets {
        public,
        certificate,
        admin,
        admin_certificate,
        hangups,
    } = sockets;
    let tls = acceptor(certificate)?;
    let app = app::public(desk, hub.clone(), demo.clone(), tls.is_some())?;
    let clients = Arc::new(Clients::of(&config.listen));
    clients.warn_if_hidden();
    let per_address = Some(AddressLimit::new(config.listen.connections_per_address));
    let public = Listener {
        socket: public,
        tls,
        clients,
        app,
        connections: config.listen.connections,
        per_address,
    };
    let bound = admin
        .local_addr()
        .map_err(|error| Refusal::new("The bound address is unknown").caused_by(error))?;
    let access = Access::new(
        operator::token(&config.admin)?,
        config.admin.hosts.clone(),
        bound,
    );
    let app = operator::routes(desk.store.clone(), metrics.clone(), access);
    let tls = acceptor(admin_certificate)?;
    let admin = Listener {
        socket: admin,
        tls,
        clients: Arc::default(),
        app,
        connections: OPERATORS,
        per_address: None,
    };
    let signals = Signals::listen()?;
    let (switch, phases) = Phases::new();
    let mut running = JoinSet::new();
    if let Some(folder) = folder {
        running.spawn(control::serve(
            folder.path(),
            Arc::new(desk.clone()),
            phases.clone(),
        )?);
    }
    announce::announce(&public, &admin, demo.as_deref(), json)?;
    // MongoDB forgets expired documents by itself.
    running.spawn(jobs::run(
        desk.store.clone(),
        folder.is_some(),
        phases.clone(),
    ));
    running.spawn(metrics.fold(phases.clone()));
    running.spawn(reload(certificates, hangups, phases.clone()));
    running.spawn(public.run(phases.clone()));
    running.spawn(admin.run(phases));
    let ended = tokio::select! {
        () = signals.stop() => Ok(()),
        _ = running.join_next() => Err(Refusal::new("A part of the server ended by itself; the log says more.")),
    };
    tracing::info!("stopping");
    switch.send_replace(Phase::Draining);
    hub.close();
    let time = Duration::from_secs(limit::STOP_SECONDS as u64);
    if tokio::time::timeout(time, finish(&mut running))
        .await
        .is_err()
    {
        switch.send_replace(Phase::Cutting);
        finish(&mut running).await;
    }
    // Else whoever was sent away just now would be shown as online a while longer.
    if tokio::time::timeout(time, hub.settled()).await.is_err() {
        tracing::warn!("the presence of those who were connected could not be written");
    }
    ended
}

async fn finish(running: &mut JoinSet<()>) {
    while running.join_next().await.is_some() {}
}
