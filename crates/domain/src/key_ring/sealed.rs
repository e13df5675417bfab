use std::fmt;

use base::{Error, Result};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305};
use zeroize::Zeroizing;

use super::EncryptionContext;

/// A secret encrypted under the master key.
#[derive(Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Sealed {
    /// Id of the master key.
    pub key_id: String,
    /// Nonce of 24 bytes, in base64.
    pub nonce: String,
    /// Encrypted secret, in base64.
    pub ciphertext: String,
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealed({})", self.key_id)
    }
}

#[derive(Debug, thiserror::Error)]
enum Closed {
    #[error("the secret was encrypted under the master key {0}, which is not the configured one")]
    OtherKey(String),
    #[error("the secret is damaged or belongs to another field")]
    NotThis,
    #[error("the secret cannot be encrypted")]
    TooLong,
}

pub(super) fn seal(
    key: &[u8; 32],
    key_id: &str,
    nonce: [u8; 24],
    bound: &EncryptionContext,
    secret: &[u8],
) -> Result<Sealed> {
    let aad = associated(bound);
    let sealed = XChaCha20Poly1305::new(key.into()).encrypt(
        &nonce.into(),
        Payload {
            msg: secret,
            aad: &aad,
        },
    );
    let ciphertext = sealed.map_err(|_| Error::internal(Closed::TooLong))?;
    let encode = |bytes: &[u8]| STANDARD_NO_PAD.encode(bytes);
    Ok(Sealed {
        key_id: key_id.to_owned(),
        nonce: encode(&nonce),
        ciphertext: encode(&ciphertext),
    })
}

pub(super) fn open(
    key: &[u8; 32],
    key_id: &str,
    bound: &EncryptionContext,
    sealed: &Sealed,
) -> Result<Zeroizing<Vec<u8>>> {
    if sealed.key_id != key_id {
        return Err(Error::internal(Closed::OtherKey(sealed.key_id.clone())));
    }
    let opened = || {
        let nonce: [u8; 24] = STANDARD_NO_PAD
            .decode(&sealed.nonce)
            .ok()?
            .try_into()
            .ok()?;
        let ciphertext = STANDARD_NO_PAD.decode(&sealed.ciphertext).ok()?;
        let payload = Payload {
            msg: &ciphertext,
            aad: &associated(bound),
        };
        XChaCha20Poly1305::new(key.into())
            .decrypt(&nonce.into(), payload)
            .ok()
    };
    opened()
        .map(Zeroizing::new)
        .ok_or_else(|| Error::internal(Closed::NotThis))
}

/// Returns the associated data of a ciphertext; unambiguous, since no part contains NUL.
fn associated(bound: &EncryptionContext) -> Vec<u8> {
    let EncryptionContext {
        collection,
        tenant,
        id,
        field,
    } = bound;
    format!("{collection}\0{tenant}\0{id}\0{field}").into_bytes()
}
