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

use crate::refusal::Refusal;

/// A certificate chain with its key, which can be read again while it is used.
pub struct Certificate {
    cert: PathBuf,
    key: PathBuf,
    provider: Arc<CryptoProvider>,
    current: Mutex<Arc<CertifiedKey>>,
    /// The state of the files when they were last read.
    read: Mutex<[Option<FileState>; 2]>,
}

/// What changes when a file is replaced or rewritten.
type FileState = (u64, i64, i64, u64);

impl Certificate {
    /// Reads the PEM files.
    ///
    /// # Errors
    /// A sentence that names the file which cannot be used, or says that the
    /// two do not belong together.
    pub fn read(cert: &Path, key: &Path) -> Result<Arc<Self>, Refusal> {
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

    /// Returns TLS 1.2 and 1.3 with whatever certificate is current.
    ///
    /// # Errors
    /// A sentence when the cryptography has no common protocol version.
    pub fn acceptor(self: &Arc<Self>) -> Result<TlsAcceptor, Refusal> {
        let mut config = ServerConfig::builder_with_provider(Arc::clone(&self.provider))
            .with_safe_default_protocol_versions()
            .map_err(|error| Refusal::new("TLS cannot be used").caused_by(error))?
            .with_no_client_auth()
            .with_cert_resolver(Arc::<Self>::clone(self));
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(TlsAcceptor::from(Arc::new(config)))
    }

    /// Whether a file was replaced or rewritten since it was last read.
    pub fn has_changed(&self) -> bool {
        *self.read.lock() != [&self.cert, &self.key].map(|file| file_state(file))
    }

    /// Reads the files again, and uses the new certificate for connections from
    /// now on. With unusable files the current one stays. Blocks.
    ///
    /// # Errors
    /// As for [`Self::read`].
    pub fn reload(&self) -> Result<(), Refusal> {
        *self.read.lock() = [&self.cert, &self.key].map(|file| file_state(file));
        let renewed = certified_key(&self.cert, &self.key, &self.provider)?;
        *self.current.lock() = Arc::new(renewed);
        Ok(())
    }

    /// The file of the certificate chain.
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
) -> Result<CertifiedKey, Refusal> {
    let unusable = |file: &Path| format!("{} cannot be used for TLS", file.display());
    let chain =
        CertificateDer::pem_file_iter(cert).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let chain = chain.map_err(|error| Refusal::new(unusable(cert)).caused_by(error))?;
    if chain.is_empty() {
        return Err(Refusal::new(format!(
            "{}: it holds no certificate.",
            unusable(cert)
        )));
    }
    let private = PrivateKeyDer::from_pem_file(key)
        .map_err(|error| Refusal::new(unusable(key)).caused_by(error))?;
    CertifiedKey::from_der(chain, private, provider)
        .map_err(|error| Refusal::new(unusable(cert)).caused_by(error))
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
    use rcgen::{CertifiedKey as Made, KeyPair, generate_simple_self_signed};
    use tempfile::TempDir;

    use super::*;

    fn made() -> Made<KeyPair> {
        generate_simple_self_signed(vec!["caas.example".to_owned()]).unwrap()
    }

    fn write(folder: &TempDir, made: &Made<KeyPair>) -> (PathBuf, PathBuf) {
        let files = (
            folder.path().join("cert.pem"),
            folder.path().join("key.pem"),
        );
        std::fs::write(&files.0, made.cert.pem()).unwrap();
        std::fs::write(&files.1, made.signing_key.serialize_pem()).unwrap();
        files
    }

    fn shown(certificate: &Certificate) -> Vec<u8> {
        certificate.current.lock().cert[0].to_vec()
    }

    #[test]
    fn a_renewed_certificate_is_used_and_an_unusable_one_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let first = made();
        let (cert, key) = write(&folder, &first);
        let certificate = Certificate::read(&cert, &key).unwrap();
        assert!(!certificate.has_changed());
        let renewed = made();
        std::fs::write(&cert, renewed.cert.pem()).unwrap();
        assert!(certificate.has_changed());
        assert!(
            certificate.reload().is_err(),
            "the key is still the former one"
        );
        assert!(
            !certificate.has_changed(),
            "an unusable file is reported once"
        );
        assert_eq!(shown(&certificate), first.cert.der().to_vec());
        write(&folder, &renewed);
        assert!(certificate.has_changed());
        certificate.reload().unwrap();
        assert_eq!(shown(&certificate), renewed.cert.der().to_vec());
    }
}
