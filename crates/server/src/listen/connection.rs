//! Lifetime of one connection: PROXY header, TLS, HTTP, lingering close.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::Router;
use axum::http::Request;
use axum::http::header::UPGRADE;
use axum::response::Response;
use base::limit;
use http_api::Linger;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use metrics::gauge;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Sleep, sleep};
use tokio_rustls::TlsAcceptor;
use tower::{Service, ServiceExt as _};

use super::address_limit::AddressPermit;
use super::stall_guard::{StallGuard, Upgraded};
use super::{AddressLimit, ClientAddresses};
use crate::shutdown::{Shutdown, ShutdownPhase};

/// Maximum size of the read buffer, and so of a request head.
const MAX_HEAD_BYTES: usize = 32 * 1024;

/// TCP stream that counts as an open connection until it is dropped, also after
/// an upgrade to WebSocket.
pub struct CountedStream {
    linger: Linger,
    /// State of the lingering close, once the stream is shut down.
    lingering: Option<LingeringClose>,
    stream: StallGuard<TcpStream>,
    upgraded: Upgraded,
    _permit: OwnedSemaphorePermit,
    of_address: Option<AddressPermit>,
}

impl CountedStream {
    pub fn new(stream: TcpStream, permit: OwnedSemaphorePermit) -> Self {
        gauge!("caas_connections").increment(1);
        let upgraded = Upgraded::default();
        let stream = StallGuard::new(stream, upgraded.clone());
        Self {
            linger: Linger::default(),
            lingering: None,
            stream,
            upgraded,
            _permit: permit,
            of_address: None,
        }
    }
}

impl Drop for CountedStream {
    fn drop(&mut self) {
        gauge!("caas_connections").decrement(1);
    }
}

/// Accepted connection and the settings to serve it.
pub struct AcceptedConnection {
    /// Stream of the connection.
    pub stream: CountedStream,
    /// Address of the peer.
    pub peer: SocketAddr,
    /// TLS acceptor, if TLS is enabled.
    pub tls: Option<TlsAcceptor>,
    /// Resolution of the client address.
    pub client_addresses: Arc<ClientAddresses>,
    /// Limit of connections per client address, if any.
    pub per_address: Option<Arc<AddressLimit>>,
}

/// Serves one connection until it is closed or the shutdown aborts it.
pub async fn serve(accepted: AcceptedConnection, app: Router, shutdown: Shutdown) {
    let AcceptedConnection {
        mut stream,
        peer,
        tls,
        client_addresses,
        per_address,
    } = accepted;
    let source = match client_addresses.source(&mut stream, peer.ip()).await {
        Ok(source) => source,
        Err(error) => {
            return tracing::debug!(%peer, %error, "connection rejected, invalid PROXY header");
        }
    };
    let limited_network = client_addresses.limited_network(source).zip(per_address);
    match limited_network
        .map(|(network, limit)| limit.take(source, network))
        .transpose()
    {
        Ok(permit) => stream.of_address = permit.flatten(),
        Err(error) => return tracing::debug!(%peer, %error, "connection rejected"),
    }
    let linger = stream.linger.clone();
    let upgraded = stream.upgraded.clone();
    let app = app.map_request(move |mut request: Request<Incoming>| {
        if request.headers().contains_key(UPGRADE) {
            upgraded.set();
        }
        let address = client_addresses.address(source, request.headers());
        request.extensions_mut().insert(address);
        request.extensions_mut().insert(linger.clone());
        request
    });
    let Some(tls) = tls else {
        return serve_http(stream, peer, app, shutdown).await;
    };
    let handshake = tokio::time::timeout(
        Duration::from_secs(limit::HANDSHAKE_SECONDS as u64),
        tls.accept(stream),
    )
    .await;
    match handshake {
        Ok(Ok(stream)) => serve_http(stream, peer, app, shutdown).await,
        Ok(Err(error)) => tracing::debug!(%peer, %error, "TLS handshake failed"),
        Err(_) => tracing::debug!(%peer, "TLS handshake timed out"),
    }
}

async fn serve_http<S, A>(stream: S, peer: SocketAddr, app: A, mut shutdown: Shutdown)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    A: Service<Request<Incoming>, Response = Response, Error = Infallible, Future: Send>
        + Clone
        + Send
        + 'static,
{
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(Duration::from_secs(limit::HEAD_SECONDS as u64))
        .max_buf_size(MAX_HEAD_BYTES)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(app))
        .with_upgrades();
    let mut connection = pin!(connection);
    let ended = tokio::select! {
        ended = &mut connection => ended,
        () = shutdown.reached(ShutdownPhase::Draining) => {
            connection.as_mut().graceful_shutdown();
            tokio::select! {
                ended = connection => ended,
                () = shutdown.reached(ShutdownPhase::Aborting) => return,
            }
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%peer, %error, "connection closed with an error");
    }
}

impl AsyncRead for CountedStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for CountedStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[std::io::IoSlice<'_>],
    ) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        if self.lingering.is_none() {
            ready!(Pin::new(&mut self.stream).poll_shutdown(cx))?;
            if !self.linger.is_requested() {
                return Poll::Ready(Ok(()));
            }
        }
        let Self {
            stream, lingering, ..
        } = &mut *self;
        lingering.get_or_insert_default().poll(stream, cx).map(Ok)
    }
}

/// Bytes of one read.
const CHUNK: usize = 4 * 1024;

/// Lingering close of a connection whose client may still be sending.
///
/// Closing a socket with unread bytes resets the connection, and the client
/// loses the response. Therefore input is discarded until the client closes, or
/// a limit is reached.
pub struct LingeringClose {
    deadline: Pin<Box<Sleep>>,
    bytes: usize,
}

impl Default for LingeringClose {
    fn default() -> Self {
        Self {
            deadline: Box::pin(sleep(Duration::from_millis(limit::LINGER_MILLIS as u64))),
            bytes: 0,
        }
    }
}

impl LingeringClose {
    /// Discards input until the client closes, [`limit::LINGER_BYTES`] are read
    /// or [`limit::LINGER_MILLIS`] have passed.
    pub fn poll(
        &mut self,
        stream: &mut (impl AsyncRead + Unpin),
        cx: &mut Context<'_>,
    ) -> Poll<()> {
        let mut chunk = [0; CHUNK];
        while self.deadline.as_mut().poll(cx).is_pending() && self.bytes < limit::LINGER_BYTES {
            let mut buffer = ReadBuf::new(&mut chunk);
            match Pin::new(&mut *stream).poll_read(cx, &mut buffer) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Ok(())) if !buffer.filled().is_empty() => {
                    self.bytes += buffer.filled().len();
                }
                Poll::Ready(_) => return Poll::Ready(()),
            }
        }
        Poll::Ready(())
    }
}
