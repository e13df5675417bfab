//! Texts of secrets: a prefix, 256 random bits and a checksum.

use base::Context;
use sha2::{Digest, Sha256};
use zeroize::{Zeroize, Zeroizing};

/// Base-62 digits needed for 256 bits.
const SECRET_DIGITS: usize = 43;
/// Base-62 digits needed for a CRC-32.
const CHECKSUM_DIGITS: usize = 6;
const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Generates a secret: the prefix, 256 random bits in 43 characters, and a checksum in 6
/// characters.
pub(crate) fn generate_secret(prefix: &str, context: &Context) -> Zeroizing<String> {
    let mut text = Zeroizing::new(prefix.to_owned());
    push_secret(&mut text, context);
    let checksum = checksum(&text.as_bytes()[prefix.len()..]);
    text.push_str(&checksum);
    text
}

/// Appends 256 random bits as 43 base-62 characters.
pub(crate) fn push_secret(text: &mut String, context: &Context) {
    let mut number = context.random::<32>();
    for _ in 0..SECRET_DIGITS {
        text.push(char::from(DIGITS[usize::from(take_digit(&mut number))]));
    }
    number.zeroize();
}

/// Returns the hash under which a secret with this prefix is stored; `None` if its checksum is
/// invalid.
pub(crate) fn hash_of_secret(prefix: &str, text: &str) -> Option<[u8; 32]> {
    let digits = text.strip_prefix(prefix)?.as_bytes();
    let (secret, given) = digits.split_at_checked(SECRET_DIGITS)?;
    let sound =
        digits.iter().all(u8::is_ascii_alphanumeric) && checksum(secret).as_bytes() == given;
    sound.then(|| Sha256::digest(text.as_bytes()).into())
}

/// Returns a key's hash in hexadecimal, as it is stored.
pub(crate) fn show_hash(hash: &[u8; 32]) -> String {
    hash.iter().fold(String::with_capacity(64), |text, byte| {
        text + &format!("{byte:02x}")
    })
}

/// Divides the big-endian number by 62 and returns the remainder.
fn take_digit(number: &mut [u8; 32]) -> u8 {
    let mut rest = 0u16;
    for byte in number {
        let value = rest << 8 | u16::from(*byte);
        *byte = (value / 62).to_le_bytes()[0];
        rest = value % 62;
    }
    rest.to_le_bytes()[0]
}

fn checksum(secret: &[u8]) -> String {
    let mut rest = crc32(secret);
    let mut digits = [b'0'; CHECKSUM_DIGITS];
    for digit in digits.iter_mut().rev() {
        *digit = DIGITS[(rest % 62) as usize];
        rest /= 62;
    }
    digits.iter().copied().map(char::from).collect()
}

/// Returns the CRC-32 of IEEE 802.3.
fn crc32(bytes: &[u8]) -> u32 {
    const POLYNOMIAL: u32 = 0xedb8_8320;
    let step = |crc: u32, _| {
        if crc & 1 == 1 {
            crc >> 1 ^ POLYNOMIAL
        } else {
            crc >> 1
        }
    };
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), step)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generated_key_has_a_valid_checksum() {
        let key = generate_secret("caas_sk_", &Context::system());
        assert_eq!(
            key.len(),
            "caas_sk_".len() + SECRET_DIGITS + CHECKSUM_DIGITS
        );
        assert!(hash_of_secret("caas_sk_", &key).is_some());
    }

    #[test]
    fn mistyped_key_has_no_hash() {
        let key = generate_secret("caas_sk_", &Context::system());
        for at in "caas_sk_".len()..key.len() {
            let mut typed = key.as_bytes().to_vec();
            typed[at] = if typed[at] == b'x' { b'y' } else { b'x' };
            assert_eq!(
                hash_of_secret("caas_sk_", std::str::from_utf8(&typed).unwrap()),
                None,
                "character {at}"
            );
        }
        for text in [
            "",
            "caas_sk_",
            "caas_pk_abc",
            &key[..key.len() - 1],
            &format!("{}0", *key),
            "caas_sk_é",
        ] {
            assert_eq!(hash_of_secret("caas_sk_", text), None, "{text}");
        }
    }

    #[test]
    fn checksum_equals_the_standard_check_value() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
    }
}
