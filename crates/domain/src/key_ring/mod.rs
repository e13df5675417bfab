//! Encryption of stored secrets and keys derived from the master key.

mod sealed;

use std::fmt;
use std::sync::Arc;

use base::{Context, CursorKey, ObjectId, Result, TenantId};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

pub use sealed::Sealed;

use crate::keyed_hash::keyed_hash;

/// Encrypts secrets that must be read back, and derives the keys for cursors and fingerprints.
/// Cheap to clone; the keys are zeroized when the last clone is dropped.
#[derive(Clone)]
pub struct KeyRing {
    keys: Arc<Keys>,
    context: Context,
}

#[derive(Zeroize, ZeroizeOnDrop)]
struct Keys {
    id: String,
    sealing: [u8; 32],
    cursors: [u8; 32],
    fingerprints: [u8; 32],
    links: [u8; 32],
    sessions: [u8; 32],
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyRing({})", self.keys.id)
    }
}

/// Field that an encrypted secret is bound to.
#[derive(Clone, Copy, Debug)]
pub struct EncryptionContext {
    /// Name of the collection.
    pub collection: &'static str,
    /// Tenant of the secret.
    pub tenant: TenantId,
    /// Id of the document.
    pub id: ObjectId,
    /// Name of the field.
    pub field: &'static str,
}

impl KeyRing {
    /// Creates a key ring from a master key of 32 secret bytes.
    #[must_use]
    pub fn new(master: &Zeroizing<[u8; 32]>, context: Context) -> Self {
        let derived = |purpose: &str| *keyed_hash(master, &[purpose.as_bytes()]);
        let mut id = URL_SAFE_NO_PAD.encode(derived("key id"));
        id.truncate(12);
        let sealing = derived("sealing");
        let cursors = derived("cursors");
        let fingerprints = derived("fingerprints");
        let links = derived("links");
        let sessions = derived("sessions");
        Self {
            keys: Arc::new(Keys {
                id,
                sealing,
                cursors,
                fingerprints,
                links,
                sessions,
            }),
            context,
        }
    }

    /// Encrypts a secret for one field.
    ///
    /// # Errors
    /// 500 if the secret exceeds the cipher's maximum.
    pub fn seal(&self, bound: &EncryptionContext, secret: &[u8]) -> Result<Sealed> {
        sealed::seal(
            &self.keys.sealing,
            &self.keys.id,
            self.context.random(),
            bound,
            secret,
        )
    }

    /// Decrypts a secret.
    ///
    /// # Errors
    /// 500 if it is damaged, or was encrypted under another master key or for another field.
    pub fn open(&self, bound: &EncryptionContext, sealed: &Sealed) -> Result<Zeroizing<Vec<u8>>> {
        sealed::open(&self.keys.sealing, &self.keys.id, bound, sealed)
    }

    /// Returns the key that signs cursors.
    #[must_use]
    pub fn cursor_key(&self) -> CursorKey {
        CursorKey::new(self.keys.cursors)
    }

    /// Returns the signature of a link to a file.
    #[must_use]
    pub fn sign_link(&self, payload: &[u8]) -> [u8; 32] {
        *keyed_hash(&self.keys.links, &[payload])
    }

    /// Returns the secret part of a session's refresh token of a generation.
    #[must_use]
    pub(crate) fn sign_session(&self, session: ObjectId, generation: i64) -> Zeroizing<[u8; 32]> {
        keyed_hash(
            &self.keys.sessions,
            &[&session.0, &generation.to_be_bytes()],
        )
    }

    /// Returns a keyed hash of the parts in 43 characters. Used to compare requests without storing
    /// them.
    #[must_use]
    pub fn fingerprint(&self, parts: &[&[u8]]) -> String {
        URL_SAFE_NO_PAD.encode(keyed_hash(&self.keys.fingerprints, parts))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vault(master: u8) -> KeyRing {
        KeyRing::new(&Zeroizing::new([master; 32]), Context::system())
    }

    fn bound(tenant: u8) -> EncryptionContext {
        let tenant = TenantId::new(ObjectId([tenant; 12]));
        let id = ObjectId([9; 12]);
        EncryptionContext {
            collection: "applications",
            tenant,
            id,
            field: "secrets",
        }
    }

    #[test]
    fn secret_is_decrypted_only_for_its_field() {
        let sealed = vault(1).seal(&bound(1), b"secret").unwrap();
        assert_eq!(
            vault(1).open(&bound(1), &sealed).unwrap().as_slice(),
            b"secret"
        );
        let elsewhere = [
            bound(2),
            EncryptionContext {
                id: ObjectId([8; 12]),
                ..bound(1)
            },
            EncryptionContext {
                field: "other",
                ..bound(1)
            },
            EncryptionContext {
                collection: "users",
                ..bound(1)
            },
        ];
        for other in elsewhere {
            assert!(vault(1).open(&other, &sealed).is_err(), "{other:?}");
        }
        assert!(vault(2).open(&bound(1), &sealed).is_err());
    }

    #[test]
    fn same_secret_has_different_ciphertexts() {
        let vault = vault(1);
        assert_ne!(
            vault.seal(&bound(1), b"secret").unwrap(),
            vault.seal(&bound(1), b"secret").unwrap()
        );
    }

    #[test]
    fn fingerprint_depends_on_part_boundaries() {
        let vault = vault(1);
        assert_eq!(
            vault.fingerprint(&[b"ab", b"c"]),
            vault.fingerprint(&[b"ab", b"c"])
        );
        assert_ne!(
            vault.fingerprint(&[b"ab", b"c"]),
            vault.fingerprint(&[b"a", b"bc"])
        );
    }

    #[test]
    fn debug_output_hides_the_keys() {
        let shown = format!(
            "{:?}",
            KeyRing::new(&Zeroizing::new([0xab; 32]), Context::system())
        );
        assert!(shown.starts_with("KeyRing(") && shown.len() < 24, "{shown}");
    }
}
