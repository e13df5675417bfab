use std::path::Path;
use std::sync::Arc;

use tokio::net::TcpListener;

use super::signals::Hangups;
use crate::config::Config;
use crate::listen::{Certificate, admin_certificate, bind, refuse_open_address, refuse_open_admin};
use crate::refusal::Refusal;

/// The bound sockets with their certificates, taken before anything is written.
pub struct Sockets {
    /// The public one.
    pub public: TcpListener,
    /// The certificate of the public one.
    pub certificate: Option<Arc<Certificate>>,
    /// The operator's.
    pub admin: TcpListener,
    /// The certificate of the operator's.
    pub admin_certificate: Option<Arc<Certificate>>,
    /// The signal that reloads certificates.
    pub hangups: Hangups,
}

impl Sockets {
    /// Binds what the configuration names.
    ///
    /// # Errors
    /// A sentence when an address would be open without TLS, is taken, or a
    /// certificate cannot be used.
    pub async fn bind(config: &Config) -> Result<Self, Refusal> {
        let hangups = Hangups::listen()?;
        let (certificate, admin_certificate) = certificates(config)?;
        let public = bind(config.listen.address).await?;
        let admin = bind(config.listen.admin_address).await?;
        Ok(Self {
            public,
            certificate,
            admin,
            admin_certificate,
            hangups,
        })
    }

    /// Every certificate that is used.
    pub fn certificates(&self) -> Vec<Arc<Certificate>> {
        self.certificate
            .iter()
            .chain(&self.admin_certificate)
            .cloned()
            .collect()
    }
}

type Certificates = (Option<Arc<Certificate>>, Option<Arc<Certificate>>);

/// Reads the certificates of the public and of the operator's listener.
///
/// # Errors
/// A sentence when an address would be open without TLS, or a certificate
/// cannot be used.
pub fn certificates(config: &Config) -> Result<Certificates, Refusal> {
    refuse_open_address(&config.listen)?;
    refuse_open_admin(&config.listen, &config.admin)?;
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
