use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use sha2::Sha256;

/// Signs cursors, so that a page can only be continued where it was begun.
#[derive(Clone)]
pub struct CursorKey([u8; 32]);

/// Says that a cursor was not handed out by this server for this list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the cursor is not one that this list handed out")]
pub struct InvalidCursor;

const TAG_BYTES: usize = 16;

impl fmt::Debug for CursorKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CursorKey(…)")
    }
}

impl CursorKey {
    /// A key from 32 secret bytes.
    #[must_use]
    pub const fn new(secret: [u8; 32]) -> Self {
        Self(secret)
    }

    /// Seals a position into a cursor that opens only with the same `bound`
    /// (tenant, route and filter).
    #[must_use]
    pub fn seal(&self, bound: &str, position: &[u8]) -> String {
        let mut bytes = self.tag(bound, position).to_vec();
        bytes.extend_from_slice(position);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Opens a cursor.
    ///
    /// # Errors
    /// [`InvalidCursor`] when the text was forged, damaged or sealed for
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
    fn a_cursor_opens_only_where_it_was_sealed() {
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
