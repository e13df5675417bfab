use base::{Id, ObjectId, Result};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use super::Session;
use crate::key_ring::KeyRing;
use crate::tenants::Application;

/// Prefix of every refresh token.
const PREFIX: &str = "caas_rt_";

/// Bytes of the generation in front of the HMAC.
const GENERATION_BYTES: usize = 4;

/// A refresh token: `caas_rt_<application>.<session>.<secret>`. The secret contains the generation
/// and an HMAC of session and generation, so that the successor of a token is always the same.
pub struct RefreshToken {
    /// Application of the session.
    pub application: Id<Application>,
    /// Session of the token.
    pub session: Id<Session>,
    /// Number of the token in its session.
    pub generation: i64,
    text: Zeroizing<String>,
}

impl std::fmt::Debug for RefreshToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "RefreshToken({}, {})", self.session, self.generation)
    }
}

impl RefreshToken {
    /// Creates the token of a generation.
    pub(super) fn new(
        key_ring: &KeyRing,
        application: Id<Application>,
        session: Id<Session>,
        generation: i64,
    ) -> Self {
        let mac = key_ring.sign_session(session.object_id(), generation);
        let number = u32::try_from(generation).unwrap_or(u32::MAX).to_be_bytes();
        let mut secret = Zeroizing::new([0_u8; GENERATION_BYTES + 32]);
        secret[..GENERATION_BYTES].copy_from_slice(&number);
        secret[GENERATION_BYTES..].copy_from_slice(&mac[..]);
        let secret = Zeroizing::new(URL_SAFE_NO_PAD.encode(&secret[..]));
        let application_id = application.object_id();
        let text = format!("{PREFIX}{application_id}.{session}.{}", secret.as_str());
        Self {
            application,
            session,
            generation,
            text: Zeroizing::new(text),
        }
    }

    /// Parses a token. Returns `None` if it is malformed.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.strip_prefix(PREFIX)?.split('.');
        let application: ObjectId = parts.next()?.parse().ok()?;
        let session: ObjectId = parts.next()?.parse().ok()?;
        let secret = URL_SAFE_NO_PAD.decode(parts.next()?).ok()?;
        if parts.next().is_some() || secret.len() != GENERATION_BYTES + 32 {
            return None;
        }
        let number = secret.first_chunk::<GENERATION_BYTES>()?;
        Some(Self {
            application: Id::new(application),
            session: Id::new(session),
            generation: i64::from(u32::from_be_bytes(*number)),
            text: Zeroizing::new(text.to_owned()),
        })
    }

    /// Returns the text that the client stores.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns the hash under which the token is stored.
    pub(super) fn hash(&self) -> String {
        hex::encode(Sha256::digest(self.text.as_bytes()))
    }

    /// Returns whether this is the token with the stored hash.
    pub(super) fn has_hash(&self, stored: &str) -> bool {
        self.hash().as_bytes().ct_eq(stored.as_bytes()).into()
    }

    /// Returns whether this server issued the token. False for a token that was issued under a
    /// master key that is no longer configured.
    pub(super) fn is_genuine(&self, key_ring: &KeyRing) -> bool {
        let issued = Self::new(key_ring, self.application, self.session, self.generation);
        issued.text.as_bytes().ct_eq(self.text.as_bytes()).into()
    }

    /// Returns the token that replaces this one.
    ///
    /// # Errors
    /// 500 if the number of generations is exhausted.
    pub(super) fn successor(&self, key_ring: &KeyRing) -> Result<Self> {
        let next = self.generation + 1;
        if next >= i64::from(u32::MAX) {
            return Err(base::Error::internal(Exhausted));
        }
        Ok(Self::new(key_ring, self.application, self.session, next))
    }
}

#[derive(Debug, thiserror::Error)]
#[error("the session has no further refresh token")]
struct Exhausted;

#[cfg(test)]
mod tests {
    use base::Context;

    use super::*;

    fn key_ring(master: u8) -> KeyRing {
        KeyRing::new(&Zeroizing::new([master; 32]), Context::system())
    }

    fn token(generation: i64) -> RefreshToken {
        let application = Id::new(ObjectId([1; 12]));
        let session = Id::new(ObjectId([2; 12]));
        RefreshToken::new(&key_ring(1), application, session, generation)
    }

    #[test]
    fn parsed_token_equals_the_issued_one() {
        let issued = token(7);
        let parsed = RefreshToken::parse(issued.text()).unwrap();
        assert_eq!(parsed.session, issued.session);
        assert_eq!(parsed.generation, 7);
        assert!(parsed.is_genuine(&key_ring(1)));
        assert!(!parsed.is_genuine(&key_ring(2)));
    }

    #[test]
    fn successor_is_always_the_same() {
        let one = token(1).successor(&key_ring(1)).unwrap();
        let other = token(1).successor(&key_ring(1)).unwrap();
        assert_eq!(one.text(), other.text());
        assert_ne!(one.text(), token(1).text());
    }

    #[test]
    fn malformed_tokens_are_rejected() {
        let issued = token(1);
        let longer = format!("{}.x", issued.text());
        let shorter = &issued.text()[..issued.text().len() - 1];
        for text in ["", "caas_rt_", "caas_rt_a.b.c", &longer, shorter] {
            assert!(RefreshToken::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn debug_output_hides_the_secret() {
        let issued = token(1);
        let secret = issued.text().rsplit_once('.').unwrap().1.to_owned();
        assert!(!format!("{issued:?}").contains(&secret));
    }
}
