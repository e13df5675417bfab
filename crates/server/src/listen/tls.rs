use std::path::Path;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;

use crate::refusal::Refusal;

/// TLS 1.2 and 1.3 with the given certificate chain and key.
///
/// # Errors
/// A sentence that names the file which cannot be used.
pub fn acceptor(cert: &Path, key: &Path) -> Result<TlsAcceptor, Refusal> {
    let unusable = |file: &Path| format!("{} cannot be used for TLS", file.display());
    let chain = CertificateDer::pem_file_iter(cert).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let chain = chain.map_err(|error| Refusal::new(unusable(cert)).caused_by(error))?;
    let private = PrivateKeyDer::from_pem_file(key).map_err(|error| Refusal::new(unusable(key)).caused_by(error))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, private))
        .map_err(|error| Refusal::new(unusable(cert)).caused_by(error))?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}
