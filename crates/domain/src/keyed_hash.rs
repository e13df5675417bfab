use hmac::{Hmac, Mac};
use sha2::Sha256;
use zeroize::{Zeroize, Zeroizing};

/// Returns the HMAC-SHA-256 of the parts. Each part is prefixed with its length, so that different
/// lists of parts never hash the same bytes.
pub(crate) fn keyed_hash<const N: usize>(key: &[u8; N], parts: &[&[u8]]) -> Zeroizing<[u8; 32]> {
    const { assert!(N <= 64, "keys longer than 64 bytes are not supported") }
    // HMAC pads a shorter key with zeros to its block (RFC 2104).
    let mut block = [0; 64];
    block[..N].copy_from_slice(key);
    let mut mac = <Hmac<Sha256> as hmac::digest::KeyInit>::new(&block.into());
    block.zeroize();
    for part in parts {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part);
    }
    Zeroizing::new(mac.finalize().into_bytes().into())
}
