use std::sync::Arc;

use base::{ClientAddress, ClientNetwork, Error, ErrorCode, Result, TenantId, Timestamp, limit};
use parking_lot::Mutex;
use quick_cache::sync::Cache;
use sha2::{Digest, Sha256};

/// Failures of an account before further ones are delayed.
const ACCOUNT_FAILURES: u32 = 5;

/// Failures of an address before further ones are delayed.
const ADDRESS_FAILURES: u32 = 100;

/// Failed sign-ins by account and by address, in a bounded table. Each failure above a threshold
/// doubles the delay before the next attempt, up to [`limit::SIGN_IN_DELAY_SECONDS`]. An account is
/// counted by the hash of its address, whether or not it exists.
#[derive(Debug)]
pub(super) struct Failures {
    counts: Cache<Subject, Arc<Mutex<Count>>>,
}

/// Subject of a count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Subject {
    Account(TenantId, [u8; 16]),
    Address(ClientNetwork),
}

#[derive(Clone, Copy, Debug, Default)]
struct Count {
    failures: u32,
    /// Time of the last failure, in milliseconds.
    failed_at: i64,
}

/// An attempt to sign in.
#[derive(Clone, Copy, Debug)]
pub(super) struct Attempt<'a> {
    pub(super) tenant: TenantId,
    pub(super) email_key: &'a str,
    pub(super) client: ClientAddress,
}

impl Attempt<'_> {
    fn account(&self) -> Subject {
        let digest = Sha256::digest(self.email_key.as_bytes());
        let mut hash = [0; 16];
        hash.copy_from_slice(&digest[..16]);
        Subject::Account(self.tenant, hash)
    }

    fn address(&self) -> Option<Subject> {
        self.client.network().map(Subject::Address)
    }
}

impl Failures {
    pub(super) fn new() -> Self {
        Self {
            counts: Cache::new(limit::SIGN_IN_FAILURES),
        }
    }

    /// Checks that the address may try again.
    ///
    /// # Errors
    /// 429 `rate_limited` with the time to wait.
    pub(super) fn check_address(&self, attempt: &Attempt<'_>, now: Timestamp) -> Result<()> {
        let address = attempt.address();
        address.map_or(Ok(()), |address| self.check(address, ADDRESS_FAILURES, now))
    }

    /// Checks that the account may be tried again.
    ///
    /// # Errors
    /// 429 `rate_limited` with the time to wait.
    pub(super) fn check_account(&self, attempt: &Attempt<'_>, now: Timestamp) -> Result<()> {
        self.check(attempt.account(), ACCOUNT_FAILURES, now)
    }

    fn check(&self, subject: Subject, threshold: u32, now: Timestamp) -> Result<()> {
        let Some(count) = self.counts.get(&subject) else {
            return Ok(());
        };
        let count = *count.lock();
        let until = count.failed_at + count.delay(threshold);
        let wait = until - now.millis();
        if wait <= 0 {
            return Ok(());
        }
        let message = "Too many failed attempts to sign in; retry later.";
        let wait = u64::try_from(wait).unwrap_or_default();
        Err(Error::new(ErrorCode::RateLimited, message).retry_after_ms(wait))
    }

    /// Counts a failure.
    pub(super) fn add(&self, attempt: &Attempt<'_>, now: Timestamp) {
        for subject in [Some(attempt.account()), attempt.address()]
            .into_iter()
            .flatten()
        {
            let count = self.counts.get(&subject).unwrap_or_else(|| {
                let count = Arc::default();
                self.counts.insert(subject, Arc::clone(&count));
                count
            });
            count.lock().add(now);
        }
    }

    /// Forgets the failures of an account after a successful sign-in.
    pub(super) fn clear(&self, attempt: &Attempt<'_>) {
        self.counts.remove(&attempt.account());
    }
}

impl Count {
    /// Counts a failure; failures that lie further back than the longest delay are forgotten.
    fn add(&mut self, now: Timestamp) {
        let longest = limit::signed(limit::SIGN_IN_DELAY_SECONDS) * 1_000;
        if self.failed_at + 2 * longest < now.millis() {
            self.failures = 0;
        }
        self.failures = self.failures.saturating_add(1);
        self.failed_at = now.millis();
    }

    /// Returns the delay after the last failure in milliseconds.
    fn delay(self, threshold: u32) -> i64 {
        let Some(above) = self.failures.checked_sub(threshold) else {
            return 0;
        };
        let longest = limit::signed(limit::SIGN_IN_DELAY_SECONDS) * 1_000;
        1_000_i64
            .checked_shl(above.min(40))
            .map_or(longest, |delay| delay.min(longest))
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use base::ObjectId;

    use super::*;

    fn client(last: u8) -> ClientAddress {
        ClientAddress::new(IpAddr::V4(Ipv4Addr::new(192, 0, 2, last)))
    }

    fn attempt(email_key: &str, last: u8) -> Attempt<'_> {
        Attempt {
            tenant: TenantId::new(ObjectId([1; 12])),
            email_key,
            client: client(last),
        }
    }

    fn wait(result: Result<()>) -> u64 {
        result.map_or_else(|error| error.retry_after_ms.unwrap(), |()| 0)
    }

    #[test]
    fn delay_doubles_up_to_the_longest() {
        let failures = Failures::new();
        let ada = attempt("ada@example.com", 1);
        let mut now = Timestamp::from_millis(1_769_850_000_000);
        let mut waits = Vec::new();
        for _ in 0..20 {
            failures.add(&ada, now);
            let needed = wait(failures.check_account(&ada, now));
            waits.push(needed);
            now = now.plus_millis(i64::try_from(needed).unwrap());
            assert!(failures.check_account(&ada, now).is_ok());
        }
        assert_eq!(waits[..7], [0, 0, 0, 0, 1_000, 2_000, 4_000]);
        assert_eq!(
            waits.last(),
            Some(&(limit::SIGN_IN_DELAY_SECONDS as u64 * 1_000))
        );
        assert!(
            failures
                .check_account(&attempt("bob@example.com", 1), now)
                .is_ok()
        );
        failures.clear(&ada);
        failures.add(&ada, now);
        assert_eq!(wait(failures.check_account(&ada, now)), 0);
    }

    #[test]
    fn address_is_delayed_after_failures_of_many_accounts() {
        let failures = Failures::new();
        let now = Timestamp::from_millis(1_769_850_000_000);
        for at in 0..ADDRESS_FAILURES {
            failures.add(&attempt(&format!("user{at}@example.com"), 1), now);
        }
        let next = attempt("next@example.com", 1);
        assert!(failures.check_address(&next, now).is_err());
        assert!(
            failures
                .check_address(&attempt("next@example.com", 2), now)
                .is_ok()
        );
    }
}
