use std::convert::Infallible;
use std::num::NonZeroU32;
use std::sync::Arc;

use base::{
    ClientAddress, ClientNetwork, Error, ErrorCode, Id, Result, TenantId, Timestamp, limit,
};
use parking_lot::Mutex;
use quick_cache::sync::Cache;

use crate::users::User;

/// Sustained rates in requests per second. A burst is [`limit::REQUESTS_BURST_SECONDS`] times the
/// rate.
#[derive(Debug, Clone, Copy)]
pub struct RateLimits {
    /// Rate of one user.
    pub user: NonZeroU32,
    /// Rate of one tenant, including its users.
    pub tenant: NonZeroU32,
    /// Rate of one client address for requests without a valid credential.
    pub address: NonZeroU32,
}

impl Default for RateLimits {
    fn default() -> Self {
        let per_second = |limit| {
            u32::try_from(limit)
                .ok()
                .and_then(NonZeroU32::new)
                .unwrap_or(NonZeroU32::MIN)
        };
        Self {
            user: per_second(limit::USER_REQUESTS_PER_SECOND),
            tenant: per_second(limit::TENANT_REQUESTS_PER_SECOND),
            address: per_second(limit::ADDRESS_REQUESTS_PER_SECOND),
        }
    }
}

/// Status of a rate limit after a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimitStatus {
    /// Subject of the limit: `user` or `tenant`.
    pub scope: &'static str,
    /// Size of a full bucket in requests; an empty one refills in
    /// [`limit::REQUESTS_BURST_SECONDS`].
    pub burst: u64,
    /// Remaining requests.
    pub requests: u64,
    /// Seconds until the bucket is full.
    pub full_in: u64,
}

impl RateLimitStatus {
    /// Returns the status with fewer remaining requests.
    #[must_use]
    pub fn narrower(self, other: Self) -> Self {
        if other.requests <= self.requests {
            other
        } else {
            self
        }
    }
}

/// Token buckets by tenant, user and address, in a bounded table. Eviction removes buckets that
/// were not used recently, which are full again.
#[derive(Debug)]
pub(super) struct RateLimiter {
    user: Quota,
    tenant: Quota,
    address: Quota,
    buckets: Cache<Key, Arc<Mutex<Bucket>>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Key {
    Tenant(TenantId),
    User(TenantId, Id<User>),
    Address(ClientNetwork),
}

#[derive(Debug)]
struct Bucket {
    /// Thousandths of a request, so that refilling needs no fractions. Negative after a request
    /// that cost more than the remainder.
    left: i64,
    at: Timestamp,
}

/// Refill rate and capacity of a bucket.
#[derive(Debug, Clone, Copy)]
struct Quota {
    scope: &'static str,
    per_second: u64,
    burst: u64,
}

/// Units of one request.
const ONE_REQUEST: i64 = 1_000;

impl Quota {
    fn new(scope: &'static str, per_second: NonZeroU32) -> Self {
        let per_second = u64::from(per_second.get());
        Self {
            scope,
            per_second,
            burst: per_second * limit::REQUESTS_BURST_SECONDS as u64,
        }
    }

    /// Returns a cost in thousandths of a request, at most a full bucket.
    fn thousandths(self, cost: u32) -> i64 {
        i64::from(cost).saturating_mul(ONE_REQUEST).min(self.full())
    }

    fn left(self, requests: u64) -> RateLimitStatus {
        let Self {
            scope,
            per_second,
            burst,
        } = self;
        RateLimitStatus {
            scope,
            burst,
            requests,
            full_in: burst.saturating_sub(requests).div_ceil(per_second),
        }
    }

    /// Returns the capacity in thousandths of a request.
    fn full(self) -> i64 {
        i64::try_from(self.burst)
            .unwrap_or(i64::MAX)
            .saturating_mul(ONE_REQUEST)
    }
}

impl Bucket {
    /// Adds the refill since the last call.
    fn refill(&mut self, quota: Quota, now: Timestamp) {
        let passed = now.millis().saturating_sub(self.at.millis()).max(0);
        let per_second = i64::try_from(quota.per_second).unwrap_or(i64::MAX);
        self.left = self
            .left
            .saturating_add(passed.saturating_mul(per_second))
            .min(quota.full());
        // Also if the clock was set back; otherwise the bucket would not refill until the clock has
        // caught up.
        self.at = now;
    }

    /// Fails unless the bucket covers the cost or is full.
    fn check(&self, quota: Quota, cost: u32) -> Result<()> {
        let cost = quota.thousandths(cost);
        if self.left >= cost {
            return Ok(());
        }
        let wait = u64::try_from(cost - self.left)
            .unwrap_or(0)
            .div_ceil(quota.per_second);
        let message = format!("Too many requests of this {}.", quota.scope);
        Err(Error::new(ErrorCode::RateLimited, message).retry_after_ms(wait))
    }

    /// Subtracts the cost; the balance is at most one full bucket below zero.
    fn take(&mut self, quota: Quota, cost: u32) {
        self.left = self
            .left
            .saturating_sub(quota.thousandths(cost))
            .max(-quota.full());
    }
}

impl RateLimiter {
    pub(super) fn new(rates: RateLimits) -> Self {
        let user = Quota::new("user", rates.user);
        let tenant = Quota::new("tenant", rates.tenant);
        let address = Quota::new("address", rates.address);
        Self {
            user,
            tenant,
            address,
            buckets: Cache::new(limit::RATE_BUCKETS),
        }
    }

    /// Counts a request of a tenant with this cost, at most a full quota.
    ///
    /// # Errors
    /// 429 `rate_limited` with the time to wait.
    pub(super) fn count_tenant(
        &self,
        tenant: TenantId,
        cost: u32,
        now: Timestamp,
    ) -> Result<RateLimitStatus> {
        self.count(Key::Tenant(tenant), self.tenant, cost, now)
    }

    /// Counts the same request of a user. On failure, the tenant's count is restored.
    ///
    /// # Errors
    /// 429 `rate_limited` with the time to wait.
    pub(super) fn count_user(
        &self,
        tenant: TenantId,
        user: Id<User>,
        cost: u32,
        now: Timestamp,
    ) -> Result<RateLimitStatus> {
        self.count(Key::User(tenant, user), self.user, cost, now)
            .inspect_err(|_| {
                self.with(Key::Tenant(tenant), self.tenant, now, |bucket| {
                    bucket.left =
                        (bucket.left + self.tenant.thousandths(cost)).min(self.tenant.full());
                });
            })
    }

    /// Adds to the cost of a request that was counted.
    pub(super) fn charge(
        &self,
        tenant: TenantId,
        user: Option<Id<User>>,
        cost: u32,
        now: Timestamp,
    ) {
        self.with(Key::Tenant(tenant), self.tenant, now, |bucket| {
            bucket.take(self.tenant, cost);
        });
        if let Some(user) = user {
            self.with(Key::User(tenant, user), self.user, now, |bucket| {
                bucket.take(self.user, cost);
            });
        }
    }

    /// Counts a request by its client address, if the address is known.
    pub(super) fn charge_address(&self, client: ClientAddress, now: Timestamp) {
        if let Some(network) = client.network() {
            self.with(Key::Address(network), self.address, now, |bucket| {
                bucket.take(self.address, 1);
            });
        }
    }

    /// Checks that the client address has a request left.
    ///
    /// # Errors
    /// 429 `rate_limited` with the time to wait.
    pub(super) fn check_address(&self, client: ClientAddress, now: Timestamp) -> Result<()> {
        let Some(network) = client.network() else {
            return Ok(());
        };
        let Some(bucket) = self.buckets.get(&Key::Address(network)) else {
            return Ok(());
        };
        let mut bucket = bucket.lock();
        bucket.refill(self.address, now);
        bucket.check(self.address, 1)
    }

    fn count(&self, key: Key, quota: Quota, cost: u32, now: Timestamp) -> Result<RateLimitStatus> {
        self.with(key, quota, now, |bucket| {
            bucket.check(quota, cost)?;
            bucket.take(quota, cost);
            Ok(quota.left(u64::try_from(bucket.left / ONE_REQUEST).unwrap_or(0)))
        })
    }

    fn with<T>(
        &self,
        key: Key,
        quota: Quota,
        now: Timestamp,
        act: impl FnOnce(&mut Bucket) -> T,
    ) -> T {
        let full = || {
            Ok::<_, Infallible>(Arc::new(Mutex::new(Bucket {
                left: quota.full(),
                at: now,
            })))
        };
        let Ok(bucket) = self.buckets.get_or_insert_with(&key, full);
        let mut bucket = bucket.lock();
        bucket.refill(quota, now);
        act(&mut bucket)
    }
}

#[cfg(test)]
mod tests {
    use base::ObjectId;

    use super::*;

    impl RateLimiter {
        fn one(
            &self,
            tenant: TenantId,
            user: Option<Id<User>>,
            now: Timestamp,
        ) -> Result<RateLimitStatus> {
            let left = self.count_tenant(tenant, 1, now)?;
            user.map_or(Ok(left), |user| {
                Ok(left.narrower(self.count_user(tenant, user, 1, now)?))
            })
        }
    }

    #[test]
    fn user_above_the_limit_is_rejected_and_others_are_not() {
        let limiter = RateLimiter::new(RateLimits::default());
        let tenant = TenantId::new(ObjectId([1; 12]));
        let ada = Some(Id::new(ObjectId([2; 12])));
        let bob = Some(Id::new(ObjectId([3; 12])));
        let now = Timestamp::from_millis(1_000);
        let burst = limiter.user.burst;
        for left in (0..burst).rev() {
            assert_eq!(limiter.one(tenant, ada, now).unwrap().requests, left);
        }
        let refused = limiter.one(tenant, ada, now).unwrap_err();
        assert_eq!(refused.code, ErrorCode::RateLimited);
        assert_eq!(limiter.one(tenant, bob, now).unwrap().requests, burst - 1);
        let later = now.plus_millis(i64::try_from(refused.retry_after_ms.unwrap()).unwrap());
        assert!(limiter.one(tenant, ada, later).is_ok());
    }

    #[test]
    fn large_request_costs_several() {
        let user = NonZeroU32::new(10).unwrap();
        let limiter = RateLimiter::new(RateLimits {
            user,
            ..RateLimits::default()
        });
        let tenant = TenantId::new(ObjectId([1; 12]));
        let ada = Id::new(ObjectId([2; 12]));
        let now = Timestamp::from_millis(1_000);
        assert_eq!(
            limiter.count_user(tenant, ada, 60, now).unwrap().requests,
            40
        );
        let rejected = limiter.count_user(tenant, ada, 60, now).unwrap_err();
        assert_eq!(rejected.retry_after_ms, Some(2_000));
        // A cost above the burst waits for a full bucket instead of forever.
        let full = now.plus_millis(10_000);
        assert_eq!(
            limiter
                .count_user(tenant, ada, u32::MAX, full)
                .unwrap()
                .requests,
            0
        );
    }

    #[test]
    fn rejected_user_costs_the_tenant_nothing() {
        let user = NonZeroU32::new(10).unwrap();
        let rates = RateLimits {
            user,
            tenant: NonZeroU32::new(20).unwrap(),
            ..RateLimits::default()
        };
        let limiter = RateLimiter::new(rates);
        let tenant = TenantId::new(ObjectId([1; 12]));
        let ada = Some(Id::new(ObjectId([2; 12])));
        let now = Timestamp::from_millis(1_000);
        let answered = (0..1_000)
            .filter(|_| limiter.one(tenant, ada, now).is_ok())
            .count() as u64;
        assert_eq!(answered, limiter.user.burst);
        let left = limiter.one(tenant, None, now).unwrap();
        assert_eq!(
            (left.scope, left.requests),
            ("tenant", limiter.tenant.burst - answered - 1)
        );
    }

    #[test]
    fn rejected_tenant_costs_the_user_nothing() {
        let rates = RateLimits {
            user: NonZeroU32::new(2).unwrap(),
            tenant: NonZeroU32::MIN,
            ..RateLimits::default()
        };
        let limiter = RateLimiter::new(rates);
        let tenant = TenantId::new(ObjectId([1; 12]));
        let ada = Some(Id::new(ObjectId([2; 12])));
        let now = Timestamp::from_millis(1_000);
        let answered = (0..1_000)
            .filter(|_| limiter.one(tenant, ada, now).is_ok())
            .count() as u64;
        assert_eq!(answered, limiter.tenant.burst);
        let refused = limiter.one(tenant, ada, now).unwrap_err();
        assert!(refused.to_string().contains("tenant"), "{refused}");
    }

    #[test]
    fn clock_set_back_delays_no_user() {
        let limiter = RateLimiter::new(RateLimits::default());
        let tenant = TenantId::new(ObjectId([1; 12]));
        let ahead = Timestamp::from_millis(3_600_000);
        while limiter.one(tenant, None, ahead).is_ok() {}
        let now = Timestamp::from_millis(1_000);
        assert!(limiter.one(tenant, None, now).is_err());
        assert!(limiter.one(tenant, None, now.plus_millis(1_000)).is_ok());
    }

    #[test]
    fn charged_cost_delays_the_next_request() {
        let user = NonZeroU32::new(2).unwrap();
        let limiter = RateLimiter::new(RateLimits {
            user,
            ..RateLimits::default()
        });
        let tenant = TenantId::new(ObjectId([1; 12]));
        let ada = Id::new(ObjectId([2; 12]));
        let now = Timestamp::from_millis(1_000);
        limiter.count_user(tenant, ada, 15, now).unwrap();
        limiter.charge(tenant, Some(ada), 10, now);
        let rejected = limiter.count_user(tenant, ada, 1, now).unwrap_err();
        assert_eq!(rejected.retry_after_ms, Some(3_000));
        limiter.charge(tenant, Some(ada), 1_000_000, now);
        limiter.charge(tenant, Some(ada), 1_000_000, now);
        let rejected = limiter.count_user(tenant, ada, 1, now).unwrap_err();
        assert_eq!(
            rejected.retry_after_ms,
            Some(10_500),
            "the debt is one full bucket at most"
        );
        assert!(
            limiter
                .count_user(tenant, ada, 1, now.plus_millis(10_500))
                .is_ok()
        );
    }

    #[test]
    fn exhausted_address_is_rejected_and_an_unknown_one_is_not_counted() {
        let limiter = RateLimiter::new(RateLimits {
            address: NonZeroU32::MIN,
            ..RateLimits::default()
        });
        let now = Timestamp::from_millis(1_000);
        let address = |text: &str| ClientAddress::new(text.parse().unwrap());
        for client in [
            address("192.0.2.1"),
            address("2001:db8::1"),
            ClientAddress::UNKNOWN,
        ] {
            for _ in 0..limit::REQUESTS_BURST_SECONDS {
                limiter.check_address(client, now).unwrap();
                limiter.charge_address(client, now);
            }
        }
        assert_eq!(
            limiter
                .check_address(address("192.0.2.1"), now)
                .unwrap_err()
                .code,
            ErrorCode::RateLimited
        );
        assert!(
            limiter.check_address(address("2001:db8::2"), now).is_err(),
            "one subscriber's network"
        );
        assert!(limiter.check_address(address("192.0.2.2"), now).is_ok());
        assert!(limiter.check_address(ClientAddress::UNKNOWN, now).is_ok());
    }
}
