use std::fmt;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::Mutex;
use rustls::ServerConfig;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use tokio_rustls::TlsAcceptor;

use crate::cli_error::CliError;

/// Certificate chain with its private key, reloadable while in use.
pub struct Certificate {
    cert: PathBuf,
    key: PathBuf,
    provider: Arc<CryptoProvider>,
    current: Mutex<Arc<CertifiedKey>>,
    /// State of the files when they were last read.
    read: Mutex<[Option<FileState>; 2]>,
}

/// Inode, modification time and size: changes when a file is replaced or rewritten.
type FileState = (u64, i64, i64, u64);

impl Certificate {
    /// Reads the PEM files.
    ///
    /// # Errors
    /// Fails if a file cannot be used, or the key does not match the certificate.
    pub fn read(cert: &Path, key: &Path) -> Result<Arc<Self>, CliError> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let read = [cert, key].map(file_state);
        let current = Mutex::new(Arc::new(certified_key(cert, key, &provider)?));
        let cert = cert.to_owned();
        let key = key.to_owned();
        Ok(Arc::new(Self {
            cert,
            key,
            provider,
            current,
            read: Mutex::new(read),
        }))
    }

    /// Returns an acceptor for TLS 1.2 and 1.3 that uses the current certificate.
    ///
    /// # Errors
    /// Fails if the crypto provider supports neither protocol version.
    pub fn acceptor(self: &Arc<Self>) -> Result<TlsAcceptor, CliError> {
        let mut config = ServerConfig::builder_with_provider(Arc::clone(&self.provider))
            .with_safe_default_protocol_versions()
            .map_err(|error| CliError::new("Cannot initialize TLS").with_cause(error))?
            .with_no_client_auth()
            .with_cert_resolver(Arc::<Self>::clone(self));
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(TlsAcceptor::from(Arc::new(config)))
    }

    /// Returns whether a file was replaced or rewritten since it was last read.
    pub fn has_changed(&self) -> bool {
        *self.read.lock() != [&self.cert, &self.key].map(|file| file_state(file))
    }

    /// Reads the files again and uses the new certificate for new connections.
    /// Keeps the current certificate on error. Blocks.
    ///
    /// # Errors
    /// As for [`Self::read`].
    pub fn reload(&self) -> Result<(), CliError> {
        *self.read.lock() = [&self.cert, &self.key].map(|file| file_state(file));
        let renewed = certified_key(&self.cert, &self.key, &self.provider)?;
        *self.current.lock() = Arc::new(renewed);
        Ok(())
    }

    /// Returns the path of the certificate chain.
    pub fn file(&self) -> &Path {
        &self.cert
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Certificate({})", self.cert.display())
    }
}

impl ResolvesServerCert for Certificate {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.current.lock()))
    }
}

fn certified_key(
    cert: &Path,
    key: &Path,
    provider: &CryptoProvider,
) -> Result<CertifiedKey, CliError> {
    let unusable = |file: &Path| format!("Cannot use {} for TLS", file.display());
    let chain =
        CertificateDer::pem_file_iter(cert).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let chain = chain.map_err(|error| CliError::new(unusable(cert)).with_cause(error))?;
    if chain.is_empty() {
        return Err(CliError::new(format!(
            "{}: the file has no certificate.",
            unusable(cert)
        )));
    }
    let private = PrivateKeyDer::from_pem_file(key)
        .map_err(|error| CliError::new(unusable(key)).with_cause(error))?;
    CertifiedKey::from_der(chain, private, provider)
        .map_err(|error| CliError::new(unusable(cert)).with_cause(error))
}

fn file_state(file: &Path) -> Option<FileState> {
    let metadata = file.metadata().ok()?;
    Some((
        metadata.ino(),
        metadata.mtime(),
        metadata.mtime_nsec(),
        metadata.len(),
    ))
}

#[cfg(test)]
mod tests {
    use rcgen::{CertifiedKey as Generated, KeyPair, generate_simple_self_signed};
    use tempfile::TempDir;

    use super::*;

    fn generated() -> Generated<KeyPair> {
        generate_simple_self_signed(vec!["caas.example".to_owned()]).unwrap()
    }

    fn write(data_dir: &TempDir, generated: &Generated<KeyPair>) -> (PathBuf, PathBuf) {
        let files = (
            data_dir.path().join("cert.pem"),
            data_dir.path().join("key.pem"),
        );
        std::fs::write(&files.0, generated.cert.pem()).unwrap();
        std::fs::write(&files.1, generated.signing_key.serialize_pem()).unwrap();
        files
    }

    fn shown(certificate: &Certificate) -> Vec<u8> {
        certificate.current.lock().cert[0].to_vec()
    }

    #[test]
    fn reload_uses_a_valid_certificate_and_keeps_the_current_on_error() {
        let data_dir = tempfile::tempdir().unwrap();
        let first = generated();
        let (cert, key) = write(&data_dir, &first);
        let certificate = Certificate::read(&cert, &key).unwrap();
        assert!(!certificate.has_changed());
        let renewed = generated();
        std::fs::write(&cert, renewed.cert.pem()).unwrap();
        assert!(certificate.has_changed());
        assert!(certificate.reload().is_err(), "the key does not match yet");
        assert!(
            !certificate.has_changed(),
            "an invalid file is reported once"
        );
        assert_eq!(shown(&certificate), first.cert.der().to_vec());
        write(&data_dir, &renewed);
        assert!(certificate.has_changed());
        certificate.reload().unwrap();
        assert_eq!(shown(&certificate), renewed.cert.der().to_vec());
    }
}
