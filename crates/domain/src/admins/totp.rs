use base::Timestamp;
use hmac::{Hmac, Mac};
use sha1::Sha1;
use subtle::ConstantTimeEq as _;

/// Seconds for which one code is valid.
const STEP_SECONDS: i64 = 30;
/// Steps before and after the current one whose codes are accepted, for clocks that differ.
const ACCEPTED_STEPS: i64 = 1;
/// Bytes of a secret.
pub(super) const SECRET_BYTES: usize = 20;

/// Returns the step whose code was given, if it is one of the accepted steps and later than
/// `last`: each code is accepted once.
pub(super) fn accepted_step(
    secret: &[u8],
    code: &str,
    now: Timestamp,
    last: Option<i64>,
) -> Option<i64> {
    let current = now.seconds() / STEP_SECONDS;
    let mut accepted = None;
    for step in current - ACCEPTED_STEPS..=current + ACCEPTED_STEPS {
        let is_equal = bool::from(self::code(secret, step).as_bytes().ct_eq(code.as_bytes()));
        if is_equal && last.is_none_or(|last| step > last) {
            accepted = Some(step);
        }
    }
    accepted
}

/// Returns the code of six digits of a step (RFC 6238 with SHA-1).
fn code(secret: &[u8], step: i64) -> String {
    // HMAC takes keys of any length.
    let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(secret) else {
        return String::new();
    };
    mac.update(&step.to_be_bytes());
    let hash = mac.finalize().into_bytes();
    let offset = usize::from(hash[19] & 0x0f);
    let number = u32::from_be_bytes([
        hash[offset] & 0x7f,
        hash[offset + 1],
        hash[offset + 2],
        hash[offset + 3],
    ]);
    format!("{:06}", number % 1_000_000)
}

/// Returns a secret in base 32 without padding, as authenticator apps read it.
pub(super) fn show_secret(secret: &[u8]) -> String {
    const DIGITS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let mut text = String::with_capacity(secret.len() * 8 / 5 + 1);
    let mut bits = 0u32;
    let mut pending = 0u32;
    for byte in secret {
        bits = bits << 8 | u32::from(*byte);
        pending += 8;
        while pending >= 5 {
            pending -= 5;
            text.push(char::from(DIGITS[(bits >> pending & 31) as usize]));
        }
        bits &= (1 << pending) - 1;
    }
    if pending > 0 {
        text.push(char::from(DIGITS[(bits << (5 - pending) & 31) as usize]));
    }
    text
}

/// Returns the address that authenticator apps read from a QR code.
pub(super) fn uri(account: &str, secret: &str) -> String {
    let account: String = url::form_urlencoded::byte_serialize(account.as_bytes()).collect();
    format!("otpauth://totp/caas:{account}?secret={secret}&issuer=caas")
}

/// Returns the code of a shown secret, as an authenticator app computes it.
#[cfg(test)]
pub(super) fn code_of_shown(secret: &str, now: Timestamp) -> String {
    let digits = secret
        .bytes()
        .map(|digit| match digit {
            b'A'..=b'Z' => u64::from(digit - b'A'),
            _ => u64::from(digit - b'2') + 26,
        })
        .collect::<Vec<_>>();
    let mut bytes = Vec::new();
    for group in digits.chunks(8) {
        let number = group.iter().fold(0, |number, digit| number << 5 | digit);
        bytes.extend_from_slice(&number.to_be_bytes()[3..]);
    }
    code(&bytes, now.seconds() / STEP_SECONDS)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &[u8] = b"12345678901234567890";

    #[test]
    fn codes_are_those_of_rfc_6238() {
        for (seconds, expected) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_234_567_890, "005924"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(code(SECRET, seconds / STEP_SECONDS), expected);
        }
    }

    #[test]
    fn code_is_accepted_once_and_near_its_time() {
        let now = Timestamp::from_millis(59_000);
        assert_eq!(accepted_step(SECRET, "287082", now, None), Some(1));
        assert_eq!(accepted_step(SECRET, "287082", now, Some(1)), None);
        let later = now.plus_millis(30_000);
        assert_eq!(accepted_step(SECRET, "287082", later, Some(0)), Some(1));
        let too_late = now.plus_millis(31_000);
        assert_eq!(accepted_step(SECRET, "287082", too_late, None), None);
        assert_eq!(accepted_step(SECRET, "", now, None), None);
    }

    #[test]
    fn secret_is_shown_in_base_32() {
        assert_eq!(show_secret(SECRET), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        assert_eq!(show_secret(b"f"), "MY");
        assert_eq!(show_secret(b"fooba"), "MZXW6YTB");
    }
}
