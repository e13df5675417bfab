//! Codes of a second factor, as an authenticator app computes them (RFC 6238).

use hmac::{Hmac, Mac as _};
use sha1::Sha1;

/// Returns the code of a secret in base 32 for a step of 30 seconds.
#[must_use]
pub fn code(secret: &str, step: u64) -> String {
    let mut mac = Hmac::<Sha1>::new_from_slice(&decode(secret)).expect("a key of any length");
    mac.update(&step.to_be_bytes());
    let hash = mac.finalize().into_bytes();
    let offset = usize::from(hash[19] & 0x0f);
    let mut number = [0; 4];
    number.copy_from_slice(&hash[offset..offset + 4]);
    let number = u32::from_be_bytes(number) & 0x7fff_ffff;
    format!("{:06}", number % 1_000_000)
}

/// Decodes base 32 without padding; bits after the last whole byte are dropped.
fn decode(text: &str) -> Vec<u8> {
    let digits: Vec<u64> = text
        .bytes()
        .map(|digit| match digit {
            b'A'..=b'Z' => u64::from(digit - b'A'),
            _ => u64::from(digit - b'2') + 26,
        })
        .collect();
    let groups = digits.chunks(8).flat_map(|group| {
        let number = group.iter().fold(0, |number, digit| number << 5 | digit);
        number.to_be_bytes().into_iter().skip(3)
    });
    groups.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_is_that_of_rfc_6238() {
        assert_eq!(code("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", 1), "287082");
    }
}
