//! Limit on the number of device IDs of one user.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use base::{Error, ErrorCode, Id, Result, TenantId, Timestamp, TtlCache, limit};
use domain::users::User;
use parking_lot::Mutex;

/// Length of a window, in seconds.
const WINDOW_SECONDS: usize = 60 * 60;

type UserKey = (TenantId, Id<User>);

/// Counter of distinct device IDs per user and hour in this process. Each ID costs a
/// presence document that other users read.
pub(crate) struct DeviceIdLimiter {
    windows: TtlCache<UserKey, Arc<Mutex<Window>>>,
    hasher: RandomState,
    /// Lock that prevents two windows for one user.
    creating: Mutex<()>,
}

struct Window {
    since: Timestamp,
    /// Hashes of the device IDs, which need less memory.
    device_ids: HashSet<u64>,
}

impl Default for DeviceIdLimiter {
    fn default() -> Self {
        Self {
            windows: TtlCache::new(limit::REMEMBERED_USERS, WINDOW_SECONDS),
            hasher: RandomState::new(),
            creating: Mutex::new(()),
        }
    }
}

impl DeviceIdLimiter {
    /// Counts a device ID of a user.
    ///
    /// # Errors
    /// 429 `rate_limited` above [`limit::USER_DEVICE_NAMES_PER_HOUR`].
    pub(crate) fn count(&self, user: UserKey, device: &str, now: Timestamp) -> Result<()> {
        let window = self.window(user, now);
        let mut window = window.lock();
        let hash = self.hasher.hash_one(device);
        if window.device_ids.len() >= limit::USER_DEVICE_NAMES_PER_HOUR
            && !window.device_ids.contains(&hash)
        {
            let end = window
                .since
                .plus_millis(limit::signed(WINDOW_SECONDS).saturating_mul(1_000));
            let remaining = end.millis().saturating_sub(now.millis());
            let max = limit::USER_DEVICE_NAMES_PER_HOUR;
            let detail = format!(
                "A user may connect with at most {max} different values of device_id per hour; reuse one."
            );
            return Err(Error::new(ErrorCode::RateLimited, detail)
                .retry_after_ms(u64::try_from(remaining).unwrap_or(0)));
        }
        window.device_ids.insert(hash);
        Ok(())
    }

    fn window(&self, user: UserKey, now: Timestamp) -> Arc<Mutex<Window>> {
        if let Some(window) = self.windows.get(&user, now) {
            return window;
        }
        let _creating = self.creating.lock();
        self.windows.get(&user, now).unwrap_or_else(|| {
            let window = Arc::new(Mutex::new(Window {
                since: now,
                device_ids: HashSet::new(),
            }));
            self.windows.insert(user, Arc::clone(&window), now);
            window
        })
    }
}

#[cfg(test)]
mod tests {
    use base::ObjectId;

    use super::*;

    #[test]
    fn new_device_id_above_limit_is_rejected_until_next_hour() {
        let device_ids = DeviceIdLimiter::default();
        let id = |digit: &str| digit.repeat(24).parse::<ObjectId>().unwrap();
        let user = (TenantId::new(id("1")), Id::new(id("2")));
        let other = (user.0, Id::new(id("3")));
        let now = Timestamp::from_millis(1_000_000);
        for number in 0..limit::USER_DEVICE_NAMES_PER_HOUR {
            device_ids
                .count(user, &format!("device-{number}"), now)
                .unwrap();
        }
        let rejected = device_ids.count(user, "one more", now).unwrap_err();
        assert_eq!(rejected.code, ErrorCode::RateLimited);
        assert_eq!(rejected.retry_after_ms, Some(3_600_000));
        device_ids.count(user, "device-0", now).unwrap();
        device_ids.count(other, "one more", now).unwrap();
        device_ids
            .count(user, "one more", now.plus_millis(3_600_000))
            .unwrap();
    }
}
