use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::config::Listen;
use crate::listen::{acceptor, bind, refuse_open_address};
use crate::refusal::Refusal;

/// The bound sockets, taken before anything is written.
pub struct Sockets {
    /// The public one.
    pub public: TcpListener,
    /// TLS of the public one.
    pub tls: Option<TlsAcceptor>,
    /// The operator's.
    pub admin: TcpListener,
}

impl Sockets {
    /// Binds what the configuration names.
    ///
    /// # Errors
    /// A sentence when an address would be open without TLS, is taken, or the
    /// certificate cannot be used.
    pub async fn bind(config: &Listen) -> Result<Self, Refusal> {
        refuse_open_address(config)?;
        let tls = match (&config.tls_cert, &config.tls_key) {
            (Some(cert), Some(key)) => Some(acceptor(cert, key)?),
            _ => None,
        };
        Ok(Self { public: bind(config.address).await?, tls, admin: bind(config.admin_address).await? })
    }
}
