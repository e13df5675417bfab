//! Passwords: validation and hashing with Argon2id.

use std::time::Duration;

use argon2::{Algorithm, Argon2, Params, Version};
use base::{Context, Error, ErrorCode, Result, limit};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use subtle::ConstantTimeEq as _;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::timeout;
use zeroize::Zeroizing;

/// Memory of one hash in KiB, a minimum that OWASP recommends.
const MEMORY_KIB: u32 = 19_456;
/// Passes over the memory.
const PASSES: u32 = 2;
const SALT_BYTES: usize = 16;
const HASH_BYTES: usize = 32;
/// Prefix of a stored hash, which names its parameters.
const PREFIX: &str = "$argon2id$v=19$m=19456,t=2,p=1$";
/// Maximum time that a hash waits for one of the concurrent ones to finish.
const QUEUE_TIMEOUT: Duration = Duration::from_secs(5);

/// Permits of concurrent hashes: each takes about 19 MiB and occupies a core.
static PERMITS: Semaphore = Semaphore::const_new(limit::PASSWORD_HASHES_AT_ONCE);

/// Validates a new password: [`limit::PASSWORD_MIN_CHARACTERS`] to [`limit::PASSWORD_CHARACTERS`]
/// characters of any kind.
///
/// # Errors
/// 400 that names the field.
pub(crate) fn validate(pointer: &'static str, password: &str) -> Result<()> {
    let characters = password.chars().count();
    let allowed = limit::PASSWORD_MIN_CHARACTERS..=limit::PASSWORD_CHARACTERS;
    if allowed.contains(&characters) {
        return Ok(());
    }
    let message = format!(
        "must have {} to {} characters",
        limit::PASSWORD_MIN_CHARACTERS,
        limit::PASSWORD_CHARACTERS
    );
    Err(Error::invalid(pointer, message))
}

/// Returns the hash of a password under a new salt, with its parameters.
///
/// # Errors
/// 503 if too many passwords are being hashed.
pub(crate) async fn hash(context: &Context, password: &str) -> Result<String> {
    let salt = context.random::<SALT_BYTES>();
    let hash = derive(password, salt).await?;
    Ok(format!(
        "{PREFIX}{}${}",
        STANDARD_NO_PAD.encode(salt),
        STANDARD_NO_PAD.encode(hash)
    ))
}

/// Returns whether a password has this stored hash. Takes as long without a stored hash, so that
/// the time does not show whether an account exists.
///
/// # Errors
/// 503 if too many passwords are being hashed, 500 if the stored hash is invalid.
pub(crate) async fn verify(password: &str, stored: Option<&str>) -> Result<bool> {
    if password.chars().count() > limit::PASSWORD_CHARACTERS {
        return Ok(false);
    }
    let Some(stored) = stored else {
        derive(password, [0; SALT_BYTES]).await?;
        return Ok(false);
    };
    let (salt, expected) = parse(stored).ok_or_else(|| Error::internal(InvalidHash))?;
    let hash = derive(password, salt).await?;
    Ok(bool::from(hash.as_slice().ct_eq(&expected)))
}

fn parse(stored: &str) -> Option<([u8; SALT_BYTES], Vec<u8>)> {
    let (salt, hash) = stored.strip_prefix(PREFIX)?.split_once('$')?;
    let salt = STANDARD_NO_PAD.decode(salt).ok()?.try_into().ok()?;
    Some((salt, STANDARD_NO_PAD.decode(hash).ok()?))
}

async fn derive(password: &str, salt: [u8; SALT_BYTES]) -> Result<Zeroizing<[u8; HASH_BYTES]>> {
    let permit = permit().await?;
    let password = Zeroizing::new(password.as_bytes().to_vec());
    let hashing = tokio::task::spawn_blocking(move || {
        // A cancelled request stops waiting, but not the hash, which keeps its permit.
        let _permit = permit;
        let params = Params::new(MEMORY_KIB, PASSES, 1, Some(HASH_BYTES)).map_err(failed)?;
        let mut hash = Zeroizing::new([0; HASH_BYTES]);
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(&password, &salt, &mut *hash)
            .map_err(failed)?;
        Ok(hash)
    });
    hashing.await.map_err(Error::internal)?
}

async fn permit() -> Result<SemaphorePermit<'static>> {
    match timeout(QUEUE_TIMEOUT, PERMITS.acquire()).await {
        Ok(Ok(permit)) => Ok(permit),
        _ => Err(Error::new(
            ErrorCode::Unavailable,
            "Too many passwords are being checked; retry shortly.",
        )
        .retry_after_ms(1_000)),
    }
}

fn failed(error: argon2::Error) -> Error {
    Error::internal(HashFailed(error.to_string()))
}

#[derive(Debug, thiserror::Error)]
#[error("the password cannot be hashed: {0}")]
struct HashFailed(String);

#[derive(Debug, thiserror::Error)]
#[error("a stored password hash has an unknown format")]
struct InvalidHash;

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_same_password_matches_its_hash() {
        let context = Context::system();
        let stored = hash(&context, "correct horse battery").await.unwrap();
        assert!(stored.starts_with(PREFIX));
        assert!(
            verify("correct horse battery", Some(&stored))
                .await
                .unwrap()
        );
        assert!(
            !verify("correct horse batterY", Some(&stored))
                .await
                .unwrap()
        );
        assert!(!verify("correct horse battery", None).await.unwrap());
        let again = hash(&context, "correct horse battery").await.unwrap();
        assert_ne!(stored, again, "each hash has its own salt");
    }

    #[test]
    fn length_of_a_password_is_bounded() {
        assert!(validate("/password", &"x".repeat(limit::PASSWORD_MIN_CHARACTERS)).is_ok());
        assert!(validate("/password", &"ä".repeat(limit::PASSWORD_CHARACTERS)).is_ok());
        for wrong in [
            "x".repeat(limit::PASSWORD_MIN_CHARACTERS - 1),
            "x".repeat(limit::PASSWORD_CHARACTERS + 1),
        ] {
            assert!(validate("/password", &wrong).is_err());
        }
    }
}
