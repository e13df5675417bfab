//! Signed links to the content of files, for clients that cannot send credentials, such as the
//! `<img>` element of a browser.

use base::{Error, ErrorCode, Id, ObjectId, Result, TenantId, Timestamp, limit};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use subtle::ConstantTimeEq as _;

use super::collections::File;
use crate::key_ring::KeyRing;

/// Version of the format.
const VERSION: u8 = 1;

/// Bytes before the name of the variant: version, tenant, file, message, expiry, flags.
const FIXED_BYTES: usize = 1 + 12 + 12 + 12 + 8 + 1;

/// Bytes of the signature.
const SIGNATURE_BYTES: usize = 32;

/// Bytes of the name of a variant.
const VARIANT_BYTES: usize = 16;

/// What a signed link grants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileLink {
    /// The tenant of the file.
    pub tenant: TenantId,
    /// The file.
    pub file: Id<File>,
    /// Name of the variant; `None` for the original.
    pub variant: Option<String>,
    /// The message by which the caller could read the file; `None` for its uploader.
    pub message: Option<ObjectId>,
    /// Whether the content is sent as a download.
    pub is_download: bool,
    /// Time after which the link is rejected.
    pub expires_at: Timestamp,
}

impl FileLink {
    /// Returns the expiry of a link that is valid for at least `seconds`. Links of the same minutes
    /// have the same expiry, so that browsers find their content in the cache.
    #[must_use]
    pub fn expiry(now: Timestamp, seconds: usize) -> Timestamp {
        let step = limit::signed(limit::FILE_LINK_STEP_SECONDS) * 1_000;
        let earliest = now.millis() + limit::signed(seconds) * 1_000;
        Timestamp::from_millis((earliest / step + 1) * step)
    }

    /// Returns the link as URL-safe text.
    #[must_use]
    pub fn sign(&self, keys: &KeyRing) -> String {
        let mut bytes = self.payload();
        bytes.extend_from_slice(&keys.sign_link(&bytes));
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Reads a signed link.
    ///
    /// # Errors
    /// 403 `link_invalid` if it is malformed, was not signed by this system, or has expired.
    pub fn verify(keys: &KeyRing, text: &str, now: Timestamp) -> Result<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| invalid())?;
        let length = bytes
            .len()
            .checked_sub(SIGNATURE_BYTES)
            .ok_or_else(invalid)?;
        let (payload, signature) = bytes.split_at(length);
        if !bool::from(keys.sign_link(payload).ct_eq(signature)) {
            return Err(invalid());
        }
        let link = Self::parse(payload).ok_or_else(invalid)?;
        if link.expires_at < now {
            return Err(Error::new(ErrorCode::LinkInvalid, "The link has expired."));
        }
        Ok(link)
    }

    fn payload(&self) -> Vec<u8> {
        let none = ObjectId([0; 12]);
        let mut bytes = vec![VERSION];
        bytes.extend_from_slice(&self.tenant.object_id().0);
        bytes.extend_from_slice(&self.file.object_id().0);
        bytes.extend_from_slice(&self.message.unwrap_or(none).0);
        bytes.extend_from_slice(&self.expires_at.millis().to_be_bytes());
        bytes.push(u8::from(self.is_download));
        bytes.extend_from_slice(self.variant.as_deref().unwrap_or_default().as_bytes());
        bytes
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let (fixed, variant) = bytes.split_at_checked(FIXED_BYTES)?;
        let (&version, fixed) = fixed.split_first()?;
        if version != VERSION || variant.len() > VARIANT_BYTES {
            return None;
        }
        let id = |at: usize| Some(ObjectId(fixed.get(at..at + 12)?.try_into().ok()?));
        let expiry = i64::from_be_bytes(fixed.get(36..44)?.try_into().ok()?);
        let message = id(24)?;
        let variant = std::str::from_utf8(variant).ok()?;
        Some(Self {
            tenant: TenantId::new(id(0)?),
            file: Id::new(id(12)?),
            variant: (!variant.is_empty()).then(|| variant.to_owned()),
            message: (message.0 != [0; 12]).then_some(message),
            is_download: *fixed.get(44)? == 1,
            expires_at: Timestamp::from_millis(expiry),
        })
    }
}

fn invalid() -> Error {
    Error::new(ErrorCode::LinkInvalid, "The link is invalid.")
}

#[cfg(test)]
mod tests {
    use base::Context;
    use zeroize::Zeroizing;

    use super::*;

    fn keys(master: u8) -> KeyRing {
        KeyRing::new(&Zeroizing::new([master; 32]), Context::system())
    }

    fn link() -> FileLink {
        FileLink {
            tenant: TenantId::new(ObjectId([1; 12])),
            file: Id::new(ObjectId([2; 12])),
            variant: Some("320".to_owned()),
            message: Some(ObjectId([3; 12])),
            is_download: true,
            expires_at: Timestamp::from_millis(1_000),
        }
    }

    #[test]
    fn link_is_valid_until_its_expiry() {
        let bare = FileLink {
            variant: None,
            message: None,
            is_download: false,
            ..link()
        };
        for link in [link(), bare] {
            let text = link.sign(&keys(1));
            let verified = FileLink::verify(&keys(1), &text, Timestamp::from_millis(1_000));
            assert_eq!(verified.unwrap(), link);
            let late = FileLink::verify(&keys(1), &text, Timestamp::from_millis(1_001));
            assert_eq!(late.unwrap_err().code, ErrorCode::LinkInvalid);
        }
    }

    #[test]
    fn changed_link_is_rejected() {
        let now = Timestamp::from_millis(0);
        let text = link().sign(&keys(1));
        assert!(FileLink::verify(&keys(2), &text, now).is_err());
        let bytes = URL_SAFE_NO_PAD.decode(&text).unwrap();
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            let changed = URL_SAFE_NO_PAD.encode(changed);
            assert!(FileLink::verify(&keys(1), &changed, now).is_err(), "{at}");
        }
        for malformed in ["", "a", "!", &text[1..]] {
            assert!(FileLink::verify(&keys(1), malformed, now).is_err());
        }
    }

    #[test]
    fn links_of_the_same_minutes_are_equal() {
        let step = limit::signed(limit::FILE_LINK_STEP_SECONDS) * 1_000;
        let expiry = |now| FileLink::expiry(Timestamp::from_millis(now), 900).millis();
        assert_eq!(expiry(step), expiry(step + 1_000));
        assert!(expiry(step) >= step + 900_000);
        assert!(expiry(step * 2 - 1) >= step * 2 - 1 + 900_000);
    }
}
