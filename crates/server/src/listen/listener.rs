//! Accept loop of a listener.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use base::limit;
use socket2::SockRef;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_rustls::TlsAcceptor;

use super::connection::{AcceptedConnection, CountedStream};
use super::{AddressLimit, ClientAddresses, connection};
use crate::cli_error::CliError;
use crate::shutdown::{Shutdown, ShutdownPhase};

/// Delay before accepting again after an error, such as a lack of file
/// descriptors.
pub const ACCEPT_RETRY_DELAY: Duration = Duration::from_millis(100);

/// Bound listener and the application that it serves.
pub struct Listener {
    /// Bound socket.
    pub socket: TcpListener,
    /// TLS acceptor, if TLS is enabled.
    pub tls: Option<TlsAcceptor>,
    /// Resolution of client addresses.
    pub client_addresses: Arc<ClientAddresses>,
    /// Limit of connections per client address, if any.
    pub per_address: Option<Arc<AddressLimit>>,
    /// Routes of the listener.
    pub app: Router,
    /// Maximum number of open connections. Further ones wait in the backlog.
    pub connections: u32,
}

impl Listener {
    /// Returns the URL of the listener with the bound port.
    ///
    /// # Errors
    /// Fails if the system does not return the address.
    pub fn url(&self) -> Result<String, CliError> {
        let address = self.socket.local_addr();
        let address = address.map_err(|error| {
            CliError::new("Cannot determine the bound address").with_cause(error)
        })?;
        Ok(format!(
            "{}://{address}",
            if self.tls.is_some() { "https" } else { "http" }
        ))
    }

    /// Accepts connections until the shutdown begins, then waits until every
    /// connection is closed or aborted.
    pub async fn run(self, mut shutdown: Shutdown) {
        let open = Arc::new(Semaphore::new(self.connections as usize));
        loop {
            tokio::select! {
                () = shutdown.reached(ShutdownPhase::Draining) => break,
                accepted = accept(&self.socket, &open) => {
                    let Some((stream, peer)) = accepted else { continue };
                    let accepted = AcceptedConnection {
                        stream,
                        peer,
                        tls: self.tls.clone(),
                        client_addresses: Arc::clone(&self.client_addresses),
                        per_address: self.per_address.clone(),
                    };
                    tokio::spawn(connection::serve(accepted, self.app.clone(), shutdown.clone()));
                }
            }
        }
        drop(self.socket);
        tokio::select! {
            _ = open.acquire_many(self.connections) => {}
            () = shutdown.reached(ShutdownPhase::Aborting) => {}
        }
    }
}

async fn accept(
    socket: &TcpListener,
    open: &Arc<Semaphore>,
) -> Option<(CountedStream, SocketAddr)> {
    let permit = open.clone().acquire_owned().await.ok()?;
    match socket.accept().await {
        Ok((stream, peer)) => {
            // Disables Nagle's algorithm: small writes must not wait for an acknowledgement.
            stream.set_nodelay(true).ok()?;
            limit_kernel_buffer(&stream).ok()?;
            Some((CountedStream::new(stream, permit), peer))
        }
        Err(error) => {
            tracing::warn!(%error, "failed to accept a connection");
            tokio::time::sleep(ACCEPT_RETRY_DELAY).await;
            None
        }
    }
}

/// Limits the unsent bytes that the kernel buffers for a connection. By default these are several
/// megabytes, which the server would produce for a client that does not read.
fn limit_kernel_buffer(stream: &TcpStream) -> io::Result<()> {
    let bytes = u32::try_from(limit::CONNECTION_QUEUE_BYTES).unwrap_or(u32::MAX);
    SockRef::from(stream).set_tcp_notsent_lowat(bytes)
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;
    use tokio::io::AsyncWriteExt as _;
    use tokio::net::TcpSocket;

    use super::*;

    /// Receive buffer of the client.
    const RECEIVED_BYTES: u32 = 16 * 1024;

    #[tokio::test]
    async fn kernel_buffer_of_accepted_connection_is_limited() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = TcpSocket::new_v4().unwrap();
        client.set_recv_buffer_size(RECEIVED_BYTES).unwrap();
        let client = client.connect(listener.local_addr().unwrap()).await;
        let open = Arc::new(Semaphore::new(1));
        let (mut stream, _) = accept(&listener, &open).await.unwrap();

        let bytes = vec![0; limit::MESSAGE_BYTES];
        let mut written = 0;
        while let Some(more) = stream.write(&bytes).now_or_never() {
            written += more.unwrap();
        }

        assert!(written >= limit::CONNECTION_QUEUE_BYTES, "{written}");
        assert!(written < 2 * limit::CONNECTION_QUEUE_BYTES, "{written}");
        drop(client);
    }
}
