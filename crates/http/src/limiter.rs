use std::convert::Infallible;
use std::sync::Arc;

use base::{Code, Failure, Id, Result, TenantId, Timestamp, limit};
use domain::users::User;
use parking_lot::Mutex;
use quick_cache::sync::Cache;

/// Token buckets by tenant and by user, in a bounded table: the bucket that
/// makes room is one that was not used for a while, and full again anyway.
#[derive(Debug)]
pub(crate) struct Limiter(Cache<Key, Arc<Mutex<Bucket>>>);

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

/// How full a bucket holds and how fast it fills.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Quota {
    /// The name in the header.
    pub name: &'static str,
    /// Requests at once.
    pub burst: u64,
    /// Requests a second in the long run.
    pub per_second: u64,
}

/// What is left of a quota after a request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Left {
    /// The quota.
    pub quota: Quota,
    /// Requests left.
    pub requests: u64,
}

const TENANT: Quota = Quota {
    name: "tenant",
    burst: limit::TENANT_REQUESTS_BURST as u64,
    per_second: limit::TENANT_REQUESTS_PER_SECOND as u64,
};

const USER: Quota = Quota {
    name: "user",
    burst: limit::USER_REQUESTS_BURST as u64,
    per_second: limit::USER_REQUESTS_PER_SECOND as u64,
};

impl Quota {
    /// Seconds in which an empty bucket fills.
    pub(crate) const fn window(self) -> u64 {
        self.burst.div_ceil(self.per_second)
    }
}

impl Limiter {
    pub(crate) fn new() -> Self {
        Self(Cache::new(limit::RATE_BUCKETS))
    }

    /// Counts a request and says what the narrower quota has left.
    ///
    /// # Errors
    /// 429 `rate_limited` that says when to try again.
    pub(crate) fn count(&self, tenant: TenantId, user: Option<Id<User>>, now: Timestamp) -> Result<Left> {
        let of_tenant = self.take(Key::Tenant(tenant), TENANT, now)?;
        match user {
            Some(user) => self.take(Key::User(tenant, user), USER, now),
            None => Ok(of_tenant),
        }
    }

    fn take(&self, key: Key, quota: Quota, now: Timestamp) -> Result<Left> {
        let full = || Ok::<_, Infallible>(Arc::new(Mutex::new(Bucket { left: quota.burst * 1_000, at: now })));
        let Ok(bucket) = self.0.get_or_insert_with(&key, full);
        let mut bucket = bucket.lock();
        let passed = u64::try_from(now.millis() - bucket.at.millis()).unwrap_or(0);
        bucket.left = bucket.left.saturating_add(passed.saturating_mul(quota.per_second)).min(quota.burst * 1_000);
        bucket.at = bucket.at.max(now);
        if bucket.left < 1_000 {
            let wait = (1_000 - bucket.left).div_ceil(quota.per_second);
            let told = format!("Too many requests of this {}.", quota.name);
            return Err(Failure::new(Code::RateLimited, told).retry_after_ms(wait));
        }
        bucket.left -= 1_000;
        Ok(Left { quota, requests: bucket.left / 1_000 })
    }
}

#[cfg(test)]
mod tests {
    use base::ObjectId;

    use super::*;

    #[test]
    fn a_user_who_asks_too_often_waits_and_others_do_not() {
        let (limiter, tenant) = (Limiter::new(), TenantId::new(ObjectId([1; 12])));
        let (ada, bob) = (Some(Id::new(ObjectId([2; 12]))), Some(Id::new(ObjectId([3; 12]))));
        let now = Timestamp::from_millis(1_000);
        for left in (0..USER.burst).rev() {
            assert_eq!(limiter.count(tenant, ada, now).unwrap().requests, left);
        }
        let refused = limiter.count(tenant, ada, now).unwrap_err();
        assert_eq!(refused.code, Code::RateLimited);
        assert_eq!(limiter.count(tenant, bob, now).unwrap().requests, USER.burst - 1);
        let later = now.plus_millis(i64::try_from(refused.retry_after_ms.unwrap()).unwrap());
        assert!(limiter.count(tenant, ada, later).is_ok());
    }
}
