use std::path::Path;
use std::sync::Arc;

use tokio::net::TcpListener;

use super::signals::ReloadSignal;
use crate::cli_error::CliError;
use crate::config::Config;
use crate::listen::{
    Certificate, admin_certificate, bind, check_admin_listener, check_public_listener,
};

/// Bound sockets with their certificates, acquired before anything is written.
pub struct Sockets {
    /// Socket of the public listener.
    pub public: TcpListener,
    /// Certificate of the public listener.
    pub certificate: Option<Arc<Certificate>>,
    /// Socket of the admin listener.
    pub admin: TcpListener,
    /// Certificate of the admin listener.
    pub admin_certificate: Option<Arc<Certificate>>,
    /// Signal that reloads certificates.
    pub reload_signal: ReloadSignal,
}

impl Sockets {
    /// Binds the configured addresses.
    ///
    /// # Errors
    /// Fails if an address requires TLS or cannot be bound, or a certificate
    /// cannot be used.
    pub async fn bind(config: &Config) -> Result<Self, CliError> {
        let reload_signal = ReloadSignal::listen()?;
        let (certificate, admin_certificate) = certificates(config)?;
        let public = bind(config.listen.address).await?;
        let admin = bind(config.listen.admin_address).await?;
        Ok(Self {
            public,
            certificate,
            admin,
            admin_certificate,
            reload_signal,
        })
    }

    /// Returns all certificates in use.
    pub fn certificates(&self) -> Vec<Arc<Certificate>> {
        self.certificate
            .iter()
            .chain(&self.admin_certificate)
            .cloned()
            .collect()
    }
}

type Certificates = (Option<Arc<Certificate>>, Option<Arc<Certificate>>);

/// Reads the certificates of the public and of the admin listener.
///
/// # Errors
/// Fails if an address requires TLS, or a certificate cannot be used.
pub fn certificates(config: &Config) -> Result<Certificates, CliError> {
    check_public_listener(&config.listen)?;
    check_admin_listener(&config.listen, &config.admin)?;
    let read = |pair: Option<(&Path, &Path)>| {
        pair.map(|(cert, key)| Certificate::read(cert, key))
            .transpose()
    };
    let public = read(
        config
            .listen
            .tls_cert
            .as_deref()
            .zip(config.listen.tls_key.as_deref()),
    )?;
    let admin = read(admin_certificate(&config.listen, &config.admin))?;
    Ok((public, admin))
}
