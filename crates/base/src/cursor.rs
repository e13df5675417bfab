use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use sha2::Sha256;

/// Key that signs pagination cursors, so that a cursor is only valid for the list that issued it.
#[derive(Clone)]
pub struct CursorKey([u8; 32]);

/// Error for a cursor that this server did not issue for this list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the cursor does not belong to this list")]
pub struct InvalidCursor;

const TAG_BYTES: usize = 16;

impl fmt::Debug for CursorKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CursorKey(…)")
    }
}

impl CursorKey {
    /// Creates a key from 32 secret bytes.
    #[must_use]
    pub const fn new(secret: [u8; 32]) -> Self {
        Self(secret)
    }

    /// Encodes a position as a cursor that is only valid with the same `bound`
    /// (tenant, route and filter).
    #[must_use]
    pub fn seal(&self, bound: &str, position: &[u8]) -> String {
        let mut bytes = self.tag(bound, position).to_vec();
        bytes.extend_from_slice(position);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Decodes a cursor.
    ///
    /// # Errors
    /// [`InvalidCursor`] if the text was forged, damaged or issued for
    /// another tenant, route or filter.
    pub fn open(&self, bound: &str, cursor: &str) -> Result<Vec<u8>, InvalidCursor> {
        let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| InvalidCursor)?;
        let (tag, position) = bytes.split_at_checked(TAG_BYTES).ok_or(InvalidCursor)?;
        self.mac(bound, position)
            .verify_truncated_left(tag)
            .map_err(|_| InvalidCursor)?;
        Ok(position.to_vec())
    }

    fn tag(&self, bound: &str, position: &[u8]) -> [u8; TAG_BYTES] {
        let full = self.mac(bound, position).finalize().into_bytes();
        let mut tag = [0; TAG_BYTES];
        tag.copy_from_slice(&full[..TAG_BYTES]);
        tag
    }

    fn mac(&self, bound: &str, position: &[u8]) -> Hmac<Sha256> {
        // HMAC pads a shorter key with zeros to its block (RFC 2104).
        let mut block = [0; 64];
        block[..32].copy_from_slice(&self.0);
        let mut mac = <Hmac<Sha256> as hmac::digest::KeyInit>::new(&block.into());
        mac.update(&(bound.len() as u64).to_be_bytes());
        mac.update(bound.as_bytes());
        mac.update(position);
        mac
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursor_is_valid_only_for_its_list() {
        let key = CursorKey::new([7; 32]);
        let cursor = key.seal("tenant a", b"position");
        assert_eq!(key.open("tenant a", &cursor), Ok(b"position".to_vec()));
        assert_eq!(key.open("tenant b", &cursor), Err(InvalidCursor));
        assert_eq!(
            CursorKey::new([8; 32]).open("tenant a", &cursor),
            Err(InvalidCursor)
        );
        assert_eq!(key.open("tenant a", "AAAA"), Err(InvalidCursor));
    }
}
