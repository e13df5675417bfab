use base::Context;
use sha2::{Digest, Sha256};
use zeroize::{Zeroize, Zeroizing};

/// What every API key starts with.
const PREFIX: &str = "caas_sk_";
/// Digits of base 62 that hold 256 bits.
const SECRET_DIGITS: usize = 43;
/// Digits of base 62 that hold a CRC-32.
const CHECKSUM_DIGITS: usize = 6;
const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Makes the text of a new API key: `caas_sk_`, 256 random bits in 43
/// characters, and a checksum in 6.
pub(crate) fn new_key(context: &Context) -> Zeroizing<String> {
    let mut text = Zeroizing::new(PREFIX.to_owned());
    push_secret(&mut text, context);
    let checksum = checksum(&text.as_bytes()[PREFIX.len()..]);
    text.push_str(&checksum);
    text
}

/// Appends 256 random bits as 43 characters of base 62.
pub(crate) fn push_secret(text: &mut String, context: &Context) {
    let mut number = context.random::<32>();
    for _ in 0..SECRET_DIGITS {
        text.push(char::from(DIGITS[usize::from(take_digit(&mut number))]));
    }
    number.zeroize();
}

/// The hash under which a key is stored; `None` for a text that cannot be a
/// key, so that a mistyped one never reaches the store.
pub(crate) fn hash_of_key(text: &str) -> Option<[u8; 32]> {
    let digits = text.strip_prefix(PREFIX)?.as_bytes();
    let (secret, given) = digits.split_at_checked(SECRET_DIGITS)?;
    let sound =
        digits.iter().all(u8::is_ascii_alphanumeric) && checksum(secret).as_bytes() == given;
    sound.then(|| Sha256::digest(text.as_bytes()).into())
}

/// A key's hash as stored: in hexadecimal digits.
pub(crate) fn show_hash(hash: &[u8; 32]) -> String {
    hash.iter().fold(String::with_capacity(64), |text, byte| {
        text + &format!("{byte:02x}")
    })
}

/// Divides the big-endian number by 62 and answers the remainder.
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

/// CRC-32 as in IEEE 802.3.
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
    fn a_key_is_known_by_its_checksum() {
        let key = new_key(&Context::system());
        assert_eq!(key.len(), PREFIX.len() + SECRET_DIGITS + CHECKSUM_DIGITS);
        assert!(hash_of_key(&key).is_some());
    }

    #[test]
    fn a_mistyped_key_is_none() {
        let key = new_key(&Context::system());
        for at in PREFIX.len()..key.len() {
            let mut typed = key.as_bytes().to_vec();
            typed[at] = if typed[at] == b'x' { b'y' } else { b'x' };
            assert_eq!(
                hash_of_key(std::str::from_utf8(&typed).unwrap()),
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
            assert_eq!(hash_of_key(text), None, "{text}");
        }
    }

    #[test]
    fn the_checksum_is_the_one_of_the_standard() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
    }
}
