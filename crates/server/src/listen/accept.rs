use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_rustls::TlsAcceptor;

use super::connection::{self, Arrived, Counted};
use super::{AddressLimit, Clients, Phase, Phases};
use crate::refusal::Refusal;

/// How long accepting rests after the system refused it, such as for want of
/// file descriptors.
pub const REST: Duration = Duration::from_millis(100);

/// A bound listener with what it serves.
pub struct Listener {
    /// The bound socket.
    pub socket: TcpListener,
    /// TLS, where the listener speaks it.
    pub tls: Option<TlsAcceptor>,
    /// How the addresses of clients are found out.
    pub clients: Arc<Clients>,
    /// How many connections one client address may have; `None` without a bound.
    pub per_address: Option<Arc<AddressLimit>>,
    /// What answers.
    pub app: Router,
    /// Open connections at most; further ones wait in the system's queue.
    pub connections: u32,
}

impl Listener {
    /// The address as a browser takes it, with the port that was really bound.
    ///
    /// # Errors
    /// A sentence when the system cannot say.
    pub fn url(&self) -> Result<String, Refusal> {
        let address = self.socket.local_addr();
        let address = address
            .map_err(|error| Refusal::new("The bound address is unknown").caused_by(error))?;
        Ok(format!(
            "{}://{address}",
            if self.tls.is_some() { "https" } else { "http" }
        ))
    }

    /// Accepts until the stop begins, then waits until every connection has
    /// ended or been cut.
    pub async fn run(self, mut phases: Phases) {
        let open = Arc::new(Semaphore::new(self.connections as usize));
        loop {
            tokio::select! {
                () = phases.reached(Phase::Draining) => break,
                accepted = accept(&self.socket, &open) => {
                    let Some((stream, peer)) = accepted else { continue };
                    let arrived = Arrived {
                        stream,
                        peer,
                        tls: self.tls.clone(),
                        clients: Arc::clone(&self.clients),
                        per_address: self.per_address.clone(),
                    };
                    tokio::spawn(connection::serve(arrived, self.app.clone(), phases.clone()));
                }
            }
        }
        drop(self.socket);
        tokio::select! {
            _ = open.acquire_many(self.connections) => {}
            () = phases.reached(Phase::Cutting) => {}
        }
    }
}

async fn accept(socket: &TcpListener, open: &Arc<Semaphore>) -> Option<(Counted, SocketAddr)> {
    let permit = open.clone().acquire_owned().await.ok()?;
    match socket.accept().await {
        Ok((stream, peer)) => {
            // A small write must not wait for the acknowledgement of the one before (Nagle).
            stream.set_nodelay(true).ok()?;
            Some((Counted::new(stream, permit), peer))
        }
        Err(error) => {
            tracing::warn!(%error, "cannot accept a connection");
            tokio::time::sleep(REST).await;
            None
        }
    }
}
