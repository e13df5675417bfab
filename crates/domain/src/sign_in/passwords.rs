use std::sync::Arc;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use base::{Context, Error, ErrorCode, Result, limit};
use tokio::sync::Semaphore;
use zeroize::Zeroizing;

/// Bytes of a salt.
const SALT_BYTES: usize = 16;

/// Value of `Retry-After` if too many passwords are being hashed, in milliseconds.
const RETRY_AFTER_MILLIS: u64 = 1_000;

/// Cost of a password hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PasswordCost {
    /// Memory of one hash in KiB.
    pub memory_kib: u32,
    /// Number of passes.
    pub iterations: u32,
    /// Memory of all hashes that are computed at once, in MiB.
    pub total_memory_mib: u32,
}

impl Default for PasswordCost {
    fn default() -> Self {
        Self {
            memory_kib: 19_456,
            iterations: 2,
            total_memory_mib: 128,
        }
    }
}

impl PasswordCost {
    /// Returns how many hashes fit into the memory at once, at least one.
    fn at_once(self) -> usize {
        let total = u64::from(self.total_memory_mib) * 1_024;
        let fitting = total / u64::from(self.memory_kib.max(1));
        usize::try_from(fitting)
            .unwrap_or(usize::MAX)
            .clamp(1, 1_024)
    }
}

/// Error of a configured cost that argon2 does not support.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the cost of password hashes is out of range: {0}")]
pub struct InvalidCost(argon2::Error);

/// Hashes and verifies passwords with argon2id, in blocking threads of a bounded number. Cheap to
/// clone.
#[derive(Clone, Debug)]
pub struct Passwords {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    context: Context,
    argon2: Argon2<'static>,
    /// Hash that is verified when a user has no password, so that the response takes as long.
    absent: String,
    /// Permits of hashes that are computed.
    running: Arc<Semaphore>,
    /// Permits of requests that compute a hash or wait for it.
    waiting: Arc<Semaphore>,
}

impl Passwords {
    /// Creates a hasher with this cost.
    ///
    /// # Errors
    /// Fails if argon2 does not support the cost.
    pub fn new(cost: PasswordCost, context: Context) -> Result<Self, InvalidCost> {
        let params = Params::new(cost.memory_kib, cost.iterations, 1, None).map_err(InvalidCost)?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let salt = context.random::<SALT_BYTES>();
        let absent = hash_with(&argon2, b"no password", &salt).unwrap_or_default();
        Ok(Self {
            inner: Arc::new(Inner {
                context,
                argon2,
                absent,
                running: Arc::new(Semaphore::new(cost.at_once())),
                waiting: Arc::new(Semaphore::new(limit::PASSWORDS_WAITING)),
            }),
        })
    }

    /// Returns the hash of a password with a new salt.
    ///
    /// # Errors
    /// 503 if too many passwords are being hashed.
    pub(super) async fn hash(&self, password: &str) -> Result<String> {
        let salt = self.inner.context.random::<SALT_BYTES>();
        let password = Zeroizing::new(password.to_owned());
        let argon2 = self.inner.argon2.clone();
        self.run(move || hash_with(&argon2, password.as_bytes(), &salt))
            .await?
    }

    /// Returns whether a password matches a hash. Without a hash it takes as long and fails.
    ///
    /// # Errors
    /// 503 if too many passwords are being hashed.
    pub(super) async fn verify(&self, password: &str, hash: Option<&str>) -> Result<bool> {
        let exists = hash.is_some();
        let hash = hash.unwrap_or(&self.inner.absent).to_owned();
        let password = Zeroizing::new(password.to_owned());
        let matches = self
            .run(move || matches(password.as_bytes(), &hash))
            .await?;
        Ok(exists && matches)
    }

    /// Returns whether a hash has a lower cost than new hashes.
    pub(super) fn needs_rehash(&self, hash: &str) -> bool {
        let own = self.inner.argon2.params();
        let stored = PasswordHash::new(hash).ok();
        let params = stored.and_then(|stored| Params::try_from(&stored).ok());
        params.is_none_or(|params| params.m_cost() < own.m_cost() || params.t_cost() < own.t_cost())
    }

    /// Computes in a blocking thread. The permit is held until the computation ends, also if the
    /// request is cancelled.
    async fn run<T: Send + 'static>(
        &self,
        compute: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T> {
        let overloaded = || {
            let message = "Too many passwords are being checked; retry later.";
            Error::new(ErrorCode::Unavailable, message).retry_after_ms(RETRY_AFTER_MILLIS)
        };
        let _waiting = self.inner.waiting.try_acquire().map_err(|_| overloaded())?;
        let running = Arc::clone(&self.inner.running);
        let running = running.acquire_owned().await.map_err(Error::internal)?;
        let computed = tokio::task::spawn_blocking(move || {
            let computed = compute();
            drop(running);
            computed
        });
        computed.await.map_err(Error::internal)
    }
}

fn hash_with(argon2: &Argon2<'_>, password: &[u8], salt: &[u8]) -> Result<String> {
    let hash = argon2.hash_password_with_salt(password, salt);
    hash.map(|hash| hash.to_string()).map_err(Error::internal)
}

/// Verifies with the parameters of the stored hash.
fn matches(password: &[u8], hash: &str) -> bool {
    let Ok(stored) = PasswordHash::new(hash) else {
        return false;
    };
    let verifier = Argon2::default();
    PasswordVerifier::<PasswordHash>::verify_password(&verifier, password, &stored).is_ok()
}

#[cfg(test)]
mod tests {
    use futures_util::future::join_all;

    use super::*;

    const CHEAP: PasswordCost = PasswordCost {
        memory_kib: 64,
        iterations: 1,
        total_memory_mib: 1,
    };

    fn passwords(cost: PasswordCost) -> Passwords {
        Passwords::new(cost, Context::system()).unwrap()
    }

    #[tokio::test]
    async fn only_the_same_password_matches() {
        let passwords = passwords(CHEAP);
        let hash = passwords.hash("correct horse").await.unwrap();
        assert!(hash.starts_with("$argon2id$"), "{hash}");
        assert!(
            passwords
                .verify("correct horse", Some(&hash))
                .await
                .unwrap()
        );
        assert!(
            !passwords
                .verify("correct house", Some(&hash))
                .await
                .unwrap()
        );
        assert!(!passwords.verify("no password", None).await.unwrap());
        assert_ne!(hash, passwords.hash("correct horse").await.unwrap());
    }

    #[tokio::test]
    async fn hash_of_a_lower_cost_is_renewed() {
        let cheap = passwords(CHEAP);
        let hash = cheap.hash("correct horse").await.unwrap();
        assert!(!cheap.needs_rehash(&hash));
        let costly = passwords(PasswordCost {
            iterations: 2,
            ..CHEAP
        });
        assert!(costly.needs_rehash(&hash));
        assert!(costly.verify("correct horse", Some(&hash)).await.unwrap());
    }

    #[tokio::test]
    async fn waiting_requests_are_bounded() {
        let passwords = passwords(PasswordCost {
            memory_kib: 1_024,
            ..CHEAP
        });
        let requests = (0..2 * limit::PASSWORDS_WAITING).map(|_| passwords.hash("correct horse"));
        let answers = join_all(requests).await;
        let rejected = answers.iter().filter_map(|answer| answer.as_ref().err());
        let rejected: Vec<_> = rejected.map(|error| error.code).collect();
        assert_eq!(
            rejected,
            vec![ErrorCode::Unavailable; limit::PASSWORDS_WAITING]
        );
    }

    #[test]
    fn unsupported_cost_is_rejected() {
        let cost = PasswordCost {
            iterations: 0,
            ..CHEAP
        };
        assert!(Passwords::new(cost, Context::system()).is_err());
    }
}
