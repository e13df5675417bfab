use base::{Id, ObjectId};
use sha2::{Digest, Sha256};

use super::Application;

/// Prefix of every publishable key.
const PREFIX: &str = "caas_pk_";

/// Hexadecimal digits of the checksum.
const CHECKSUM_DIGITS: usize = 8;

/// Returns the publishable key of an application. It is not secret: it only names the application
/// for which a client starts a sign-in.
#[must_use]
pub fn publishable_key(application: Id<Application>) -> String {
    let id = application.object_id();
    format!("{PREFIX}{id}{}", checksum(id))
}

/// Parses a publishable key. Returns `None` if it is malformed or mistyped.
#[must_use]
pub fn parse_publishable_key(text: &str) -> Option<Id<Application>> {
    let (id, given) = text.strip_prefix(PREFIX)?.split_at_checked(24)?;
    let id: ObjectId = id.parse().ok()?;
    (given == checksum(id)).then(|| Id::new(id))
}

fn checksum(id: ObjectId) -> String {
    let mut digits = hex::encode(Sha256::digest(format!("{PREFIX}{id}")));
    digits.truncate(CHECKSUM_DIGITS);
    digits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistyped_key_names_no_application() {
        let id = Id::new(ObjectId([7; 12]));
        let key = publishable_key(id);
        assert_eq!(parse_publishable_key(&key), Some(id));
        let mistyped = key.replacen('7', "8", 1);
        for text in ["", PREFIX, &mistyped, &format!("{key}0"), "caas_sk_1"] {
            assert_eq!(parse_publishable_key(text), None, "{text}");
        }
    }
}
