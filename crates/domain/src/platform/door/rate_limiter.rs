use std::convert::Infallible;
use std::num::NonZeroU32;
use std::sync::Arc;

use base::{Code, Failure, Id, Result, TenantId, Timestamp, limit};
use parking_lot::Mutex;
use quick_cache::sync::Cache;

use crate::users::User;

/// How many requests a second are answered in the long run. Of requests at
/// once, as many as in [`limit::REQUESTS_BURST_SECONDS`].
#[derive(Debug, Clone, Copy)]
pub struct Rates {
    /// Of one user.
    pub user: NonZeroU32,
    /// Of one tenant, its users' included.
    pub tenant: NonZeroU32,
}

impl Default for Rates {
    fn default() -> Self {
        let per_second = |limit| u32::try_from(limit).ok().and_then(NonZeroU32::new).unwrap_or(NonZeroU32::MIN);
        Self {
            user: per_second(limit::USER_REQUESTS_PER_SECOND),
            tenant: per_second(limit::TENANT_REQUESTS_PER_SECOND),
        }
    }
}

/// What is left of a quota after a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Left {
    /// Whose quota: `user` or `tenant`.
    pub whose: &'static str,
    /// Requests of a full one; an empty one fills in [`limit::REQUESTS_BURST_SECONDS`].
    pub burst: u64,
    /// Requests left.
    pub requests: u64,
    /// Seconds until it is full.
    pub full_in: u64,
}

/// Token buckets by tenant and by user, in a bounded table: the bucket that
/// makes room is one that was not used for a while, and full again anyway.
#[derive(Debug)]
pub(super) struct RateLimiter {
    user: Quota,
    tenant: Quota,
    buckets: Cache<Key, Arc<Mutex<Bucket>>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Key {
    Tenant(TenantId),
    User(TenantId, Id<User>),
}

#[derive(Debug)]
struct Bucket {
    /// Thousandths of a request, so that refilling needs no fractions.
    left: u64,
    at: Timestamp,
}

/// How fast a bucket fills, and how full.
#[derive(Debug, Clone, Copy)]
struct Quota {
    whose: &'static str,
    per_second: u64,
    burst: u64,
}

impl Quota {
    fn new(whose: &'static str, per_second: NonZeroU32) -> Self {
        let per_second = u64::from(per_second.get());
        Self { whose, per_second, burst: per_second * limit::REQUESTS_BURST_SECONDS as u64 }
    }

    /// Thousandths of a request that a cost takes, at most all of a full bucket.
    fn thousandths(self, cost: u32) -> u64 {
        u64::from(cost).min(self.burst) * 1_000
    }

    fn left(self, requests: u64) -> Left {
        let Self { whose, per_second, burst } = self;
        Left { whose, burst, requests, full_in: (burst - requests).div_ceil(per_second) }
    }
}

impl RateLimiter {
    pub(super) fn new(rates: Rates) -> Self {
        let (user, tenant) = (Quota::new("user", rates.user), Quota::new("tenant", rates.tenant));
        Self { user, tenant, buckets: Cache::new(limit::RATE_BUCKETS) }
    }

    /// Counts a request and says what the narrower quota has left.
    ///
    /// # Errors
    /// 429 `rate_limited` that says when to try again.
    pub(super) fn count(&self, tenant: TenantId, user: Option<Id<User>>, now: Timestamp) -> Result<Left> {
        self.count_cost(tenant, user, 1, now)
    }

    /// Counts a request that costs as much as this many, at most a full quota.
    ///
    /// # Errors
    /// 429 `rate_limited` that says when to try again.
    pub(super) fn count_cost(
        &self,
        tenant: TenantId,
        user: Option<Id<User>>,
        cost: u32,
        now: Timestamp,
    ) -> Result<Left> {
        let of_user = user.map(|user| self.take(Key::User(tenant, user), self.user, cost, now)).transpose()?;
        let of_tenant = self.take(Key::Tenant(tenant), self.tenant, cost, now).inspect_err(|_| {
            // What is not answered costs nobody anything.
            user.into_iter().for_each(|user| self.give_back(Key::User(tenant, user), self.user, cost));
        })?;
        Ok(of_user.filter(|left| left.requests <= of_tenant.requests).unwrap_or(of_tenant))
    }

    fn take(&self, key: Key, quota: Quota, cost: u32, now: Timestamp) -> Result<Left> {
        let cost = quota.thousandths(cost);
        let full = || Ok::<_, Infallible>(Arc::new(Mutex::new(Bucket { left: quota.burst * 1_000, at: now })));
        let Ok(bucket) = self.buckets.get_or_insert_with(&key, full);
        let mut bucket = bucket.lock();
        let passed = u64::try_from(now.millis() - bucket.at.millis()).unwrap_or(0);
        bucket.left = bucket.left.saturating_add(passed.saturating_mul(quota.per_second)).min(quota.burst * 1_000);
        // Also when the clock was set back: what fills no more would be empty until it has caught up.
        bucket.at = now;
        if bucket.left < cost {
            let wait = (cost - bucket.left).div_ceil(quota.per_second);
            let told = format!("Too many requests of this {}.", quota.whose);
            return Err(Failure::new(Code::RateLimited, told).retry_after_ms(wait));
        }
        bucket.left -= cost;
        Ok(quota.left(bucket.left / 1_000))
    }

    fn give_back(&self, key: Key, quota: Quota, cost: u32) {
        if let Some(bucket) = self.buckets.get(&key) {
            let mut bucket = bucket.lock();
            bucket.left = (bucket.left + quota.thousandths(cost)).min(quota.burst * 1_000);
        }
    }
}

#[cfg(test)]
mod tests {
    use base::ObjectId;

    use super::*;

    #[test]
    fn a_user_who_asks_too_often_waits_and_others_do_not() {
        let (limiter, tenant) = (RateLimiter::new(Rates::default()), TenantId::new(ObjectId([1; 12])));
        let (ada, bob) = (Some(Id::new(ObjectId([2; 12]))), Some(Id::new(ObjectId([3; 12]))));
        let (now, burst) = (Timestamp::from_millis(1_000), limiter.user.burst);
        for left in (0..burst).rev() {
            assert_eq!(limiter.count(tenant, ada, now).unwrap().requests, left);
        }
        let refused = limiter.count(tenant, ada, now).unwrap_err();
        assert_eq!(refused.code, Code::RateLimited);
        assert_eq!(limiter.count(tenant, bob, now).unwrap().requests, burst - 1);
        let later = now.plus_millis(i64::try_from(refused.retry_after_ms.unwrap()).unwrap());
        assert!(limiter.count(tenant, ada, later).is_ok());
    }

    #[test]
    fn a_large_request_costs_as_much_as_several() {
        let rates = Rates { user: NonZeroU32::new(10).unwrap(), tenant: NonZeroU32::new(20).unwrap() };
        let limiter = RateLimiter::new(rates);
        let tenant = TenantId::new(ObjectId([1; 12]));
        let ada = Some(Id::new(ObjectId([2; 12])));
        let now = Timestamp::from_millis(1_000);
        assert_eq!(limiter.count_cost(tenant, ada, 60, now).unwrap().requests, 40);
        let rejected = limiter.count_cost(tenant, ada, 60, now).unwrap_err();
        assert_eq!(rejected.retry_after_ms, Some(2_000));
        // A cost beyond the burst waits for a full quota instead of for ever.
        let full = now.plus_millis(10_000);
        assert_eq!(limiter.count_cost(tenant, ada, u32::MAX, full).unwrap().requests, 0);
    }

    #[test]
    fn what_a_user_is_refused_costs_their_tenant_nothing() {
        let rates = Rates { user: NonZeroU32::new(10).unwrap(), tenant: NonZeroU32::new(20).unwrap() };
        let (limiter, tenant) = (RateLimiter::new(rates), TenantId::new(ObjectId([1; 12])));
        let (ada, now) = (Some(Id::new(ObjectId([2; 12]))), Timestamp::from_millis(1_000));
        let answered = (0..1_000).filter(|_| limiter.count(tenant, ada, now).is_ok()).count() as u64;
        assert_eq!(answered, limiter.user.burst);
        let left = limiter.count(tenant, None, now).unwrap();
        assert_eq!((left.whose, left.requests), ("tenant", limiter.tenant.burst - answered - 1));
    }

    #[test]
    fn what_a_tenant_is_refused_costs_its_user_nothing() {
        let rates = Rates { user: NonZeroU32::new(2).unwrap(), tenant: NonZeroU32::MIN };
        let (limiter, tenant) = (RateLimiter::new(rates), TenantId::new(ObjectId([1; 12])));
        let (ada, now) = (Some(Id::new(ObjectId([2; 12]))), Timestamp::from_millis(1_000));
        let answered = (0..1_000).filter(|_| limiter.count(tenant, ada, now).is_ok()).count() as u64;
        assert_eq!(answered, limiter.tenant.burst);
        let refused = limiter.count(tenant, ada, now).unwrap_err();
        assert!(refused.to_string().contains("tenant"), "{refused}");
    }

    #[test]
    fn a_clock_that_is_set_back_holds_nobody_up() {
        let (limiter, tenant) = (RateLimiter::new(Rates::default()), TenantId::new(ObjectId([1; 12])));
        let ahead = Timestamp::from_millis(3_600_000);
        while limiter.count(tenant, None, ahead).is_ok() {}
        let now = Timestamp::from_millis(1_000);
        assert!(limiter.count(tenant, None, now).is_err());
        assert!(limiter.count(tenant, None, now.plus_millis(1_000)).is_ok());
    }
}
