use hmac::{Hmac, Mac};
use sha2::Sha256;
use zeroize::{Zeroize, Zeroizing};

/// HMAC-SHA-256 over the parts, each behind its length so that no two lists of
/// parts are the same bytes.
pub(crate) fn keyed_hash<const N: usize>(key: &[u8; N], parts: &[&[u8]]) -> Zeroizing<[u8; 32]> {
    const { assert!(N <= 64, "a longer key would have to be hashed first") }
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
