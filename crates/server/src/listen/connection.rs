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
use tokio_rustls::TlsAcceptor;
use tower::{Service, ServiceExt as _};

use super::address_limit::AddressPermit;
use super::linger::Lingering;
use super::stall::{StallGuard, Upgraded};
use super::{AddressLimit, Clients, Phase, Phases};

/// The read buffer grows to the longest head there may be, and no further.
const HEAD_BYTES: usize = 32 * 1024;

/// A TCP stream that counts as an open connection until it is dropped, also
/// after it has become a WebSocket.
pub struct Counted {
    linger: Linger,
    /// What is left of the patience once the stream is shut down.
    lingering: Option<Lingering>,
    stream: StallGuard<TcpStream>,
    upgraded: Upgraded,
    _permit: OwnedSemaphorePermit,
    of_address: Option<AddressPermit>,
}

impl Counted {
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

impl Drop for Counted {
    fn drop(&mut self) {
        gauge!("caas_connections").decrement(1);
    }
}

/// A connection that was accepted, and how it is read.
pub struct Arrived {
    /// The connection.
    pub stream: Counted,
    /// Where it comes from.
    pub peer: SocketAddr,
    /// TLS, where the listener speaks it.
    pub tls: Option<TlsAcceptor>,
    /// How the address of its client is found out.
    pub clients: Arc<Clients>,
    /// How many connections one address may have; `None` without a bound.
    pub per_address: Option<Arc<AddressLimit>>,
}

/// Serves one connection until it ends or the stop cuts it.
pub async fn serve(arrived: Arrived, app: Router, phases: Phases) {
    let Arrived {
        mut stream,
        peer,
        tls,
        clients,
        per_address,
    } = arrived;
    let source = match clients.source(&mut stream, peer.ip()).await {
        Ok(source) => source,
        Err(error) => {
            return tracing::debug!(%peer, %error, "rejected a connection without a usable PROXY header");
        }
    };
    let bounded = clients.bounded(source).zip(per_address);
    match bounded
        .map(|(network, limit)| limit.take(source, network))
        .transpose()
    {
        Ok(permit) => stream.of_address = permit.flatten(),
        Err(error) => return tracing::debug!(%peer, %error, "rejected a connection"),
    }
    let linger = stream.linger.clone();
    let upgraded = stream.upgraded.clone();
    let app = app.map_request(move |mut request: Request<Incoming>| {
        if request.headers().contains_key(UPGRADE) {
            upgraded.set();
        }
        let address = clients.address(source, request.headers());
        request.extensions_mut().insert(address);
        request.extensions_mut().insert(linger.clone());
        request
    });
    let Some(tls) = tls else {
        return speak(stream, peer, app, phases).await;
    };
    let shaken = tokio::time::timeout(
        Duration::from_secs(limit::HANDSHAKE_SECONDS as u64),
        tls.accept(stream),
    )
    .await;
    match shaken {
        Ok(Ok(stream)) => speak(stream, peer, app, phases).await,
        Ok(Err(error)) => tracing::debug!(%peer, %error, "no TLS handshake"),
        Err(_) => tracing::debug!(%peer, "the TLS handshake took too long"),
    }
}

async fn speak<S, A>(stream: S, peer: SocketAddr, app: A, mut phases: Phases)
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
        .max_buf_size(HEAD_BYTES)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(app))
        .with_upgrades();
    let mut connection = pin!(connection);
    let ended = tokio::select! {
        ended = &mut connection => ended,
        () = phases.reached(Phase::Draining) => {
            connection.as_mut().graceful_shutdown();
            tokio::select! {
                ended = connection => ended,
                () = phases.reached(Phase::Cutting) => return,
            }
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%peer, %error, "a connection ended early");
    }
}

impl AsyncRead for Counted {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Counted {
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
