//! The master key, and all that is derived from it.

mod sealed;

use std::fmt;
use std::sync::Arc;

use base::{Context, CursorKey, ObjectId, Result, TenantId};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

pub use sealed::Sealed;

use crate::keyed_hash::keyed_hash;

/// Seals what must be read back, and derives the keys for cursors and
/// fingerprints. Cheap to clone; forgets its keys when the last clone goes.
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
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Vault({})", self.keys.id)
    }
}

/// The one field that a sealed secret opens for.
#[derive(Clone, Copy, Debug)]
pub struct EncryptionContext {
    /// The collection's name.
    pub collection: &'static str,
    /// Whose secret it is.
    pub tenant: TenantId,
    /// The document that holds it.
    pub id: ObjectId,
    /// The field's name.
    pub field: &'static str,
}

impl KeyRing {
    /// A vault under a master key of 32 secret bytes.
    #[must_use]
    pub fn new(master: &Zeroizing<[u8; 32]>, context: Context) -> Self {
        let derived = |purpose: &str| *keyed_hash(master, &[purpose.as_bytes()]);
        let mut id = URL_SAFE_NO_PAD.encode(derived("key id"));
        id.truncate(12);
        let sealing = derived("sealing");
        let cursors = derived("cursors");
        let fingerprints = derived("fingerprints");
        Self {
            keys: Arc::new(Keys {
                id,
                sealing,
                cursors,
                fingerprints,
            }),
            context,
        }
    }

    /// Encrypts a secret so that it opens only for the field it is bound to.
    ///
    /// # Errors
    /// 500 when the secret is longer than the cipher can take.
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
    /// 500 when it was sealed under another master key, for another field, or damaged.
    pub fn open(&self, bound: &EncryptionContext, sealed: &Sealed) -> Result<Zeroizing<Vec<u8>>> {
        sealed::open(&self.keys.sealing, &self.keys.id, bound, sealed)
    }

    /// The key that signs cursors.
    #[must_use]
    pub fn cursor_key(&self) -> CursorKey {
        CursorKey::new(self.keys.cursors)
    }

    /// A keyed hash of the parts in order, in 43 characters: tells whether two
    /// requests are the same without keeping either.
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
    fn a_secret_opens_only_where_it_was_sealed() {
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
    fn the_same_secret_never_looks_the_same_twice() {
        let vault = vault(1);
        assert_ne!(
            vault.seal(&bound(1), b"secret").unwrap(),
            vault.seal(&bound(1), b"secret").unwrap()
        );
    }

    #[test]
    fn a_fingerprint_tells_where_one_part_ends() {
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
    fn a_printed_vault_shows_no_key() {
        let shown = format!(
            "{:?}",
            KeyRing::new(&Zeroizing::new([0xab; 32]), Context::system())
        );
        assert!(shown.starts_with("Vault(") && shown.len() < 24, "{shown}");
    }
}
