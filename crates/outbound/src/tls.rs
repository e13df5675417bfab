//! TLS with *ring* and the trusted certificates.

use std::sync::Arc;

use rustls::crypto::ring::default_provider;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};

use crate::error::Error;

/// Error of a text without usable PEM certificates.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("must contain PEM certificates")]
pub struct InvalidCertificates;

/// Parses PEM certificates for [`Options::certificates`](crate::Options::certificates).
///
/// # Errors
/// Fails if the text contains no certificate or an invalid one.
pub fn read_certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, InvalidCertificates> {
    let parsed = CertificateDer::pem_slice_iter(pem).collect::<Result<Vec<_>, _>>();
    let certificates = parsed.map_err(|_| InvalidCertificates)?;
    let mut roots = RootCertStore::empty();
    for certificate in &certificates {
        let added = roots.add(certificate.clone());
        added.map_err(|_| InvalidCertificates)?;
    }
    if certificates.is_empty() {
        return Err(InvalidCertificates);
    }
    Ok(certificates)
}

/// Returns the TLS configuration of a client.
pub(crate) fn client_config(
    additional: &[CertificateDer<'static>],
    http1_only: bool,
) -> Result<ClientConfig, Error> {
    let unusable = |error: rustls::Error| Error::Configuration(error.to_string());
    let mut roots = trusted(rustls_native_certs::load_native_certs().certs);
    for certificate in additional {
        roots.add(certificate.clone()).map_err(unusable)?;
    }
    let mut config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(unusable)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    if !http1_only {
        config.alpn_protocols.insert(0, b"h2".to_vec());
    }
    Ok(config)
}

/// Returns the certificates that the operating system trusts; the built-in ones if it has none, as
/// in an image without files.
fn trusted(system: Vec<CertificateDer<'static>>) -> RootCertStore {
    let mut roots = RootCertStore::empty();
    let _ = roots.add_parsable_certificates(system);
    if roots.is_empty() {
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    }
    roots
}

#[cfg(test)]
mod tests {
    use super::*;

    fn certificate() -> rcgen::CertifiedKey<rcgen::KeyPair> {
        rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap()
    }

    #[test]
    fn built_in_certificates_are_trusted_if_the_system_has_none() {
        assert!(trusted(Vec::new()).len() > 50);
        assert_eq!(trusted(vec![certificate().cert.der().clone()]).len(), 1);
    }

    #[test]
    fn pem_file_must_contain_a_valid_certificate() {
        let pem = certificate().cert.pem();
        assert_eq!(read_certificates(pem.as_bytes()).unwrap().len(), 1);
        assert_eq!(
            read_certificates((pem.clone() + &pem).as_bytes())
                .unwrap()
                .len(),
            2
        );
        let key = certificate().signing_key.serialize_pem();
        for invalid in ["", "text", &key] {
            assert!(read_certificates(invalid.as_bytes()).is_err());
        }
    }
}
