//! Bounds the names of devices under which one user connects.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use base::{Error, ErrorCode, Id, Result, TenantId, Timestamp, TtlCache, limit};
use domain::users::User;
use parking_lot::Mutex;

/// The length of a window, in seconds.
const WINDOW_SECONDS: usize = 60 * 60;

type UserKey = (TenantId, Id<User>);

/// Counts, per user and window of an hour, the different device names that
/// this process has seen. Each name costs a row of presence that others read.
pub(crate) struct DeviceIdLimiter {
    windows: TtlCache<UserKey, Arc<Mutex<Window>>>,
    hasher: RandomState,
    /// Held while a window is created, so that no two are.
    creating: Mutex<()>,
}

struct Window {
    since: Timestamp,
    /// Hashes of the names, which are shorter.
    names: HashSet<u64>,
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
    /// Counts a device name of a user.
    ///
    /// # Errors
    /// 429 `rate_limited` for one name more than [`limit::USER_DEVICE_NAMES_PER_HOUR`].
    pub(crate) fn count(&self, user: UserKey, device: &str, now: Timestamp) -> Result<()> {
        let window = self.window(user, now);
        let mut window = window.lock();
        let name = self.hasher.hash_one(device);
        if window.names.len() >= limit::USER_DEVICE_NAMES_PER_HOUR && !window.names.contains(&name)
        {
            let ends = window
                .since
                .plus_millis(limit::signed(WINDOW_SECONDS).saturating_mul(1_000));
            let left = ends.millis().saturating_sub(now.millis());
            let most = limit::USER_DEVICE_NAMES_PER_HOUR;
            let sentence = format!(
                "A user connects with at most {most} different values of device_id an hour."
            );
            return Err(Error::new(ErrorCode::RateLimited, sentence)
                .retry_after_ms(u64::try_from(left).unwrap_or(0)));
        }
        window.names.insert(name);
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
                names: HashSet::new(),
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
    fn known_names_pass_and_fresh_ones_wait_for_the_next_hour() {
        let names = DeviceIdLimiter::default();
        let id = |digit: &str| digit.repeat(24).parse::<ObjectId>().unwrap();
        let user = (TenantId::new(id("1")), Id::new(id("2")));
        let other = (user.0, Id::new(id("3")));
        let now = Timestamp::from_millis(1_000_000);
        for number in 0..limit::USER_DEVICE_NAMES_PER_HOUR {
            names.count(user, &format!("device-{number}"), now).unwrap();
        }
        let rejected = names.count(user, "one more", now).unwrap_err();
        assert_eq!(rejected.code, ErrorCode::RateLimited);
        assert_eq!(rejected.retry_after_ms, Some(3_600_000));
        names.count(user, "device-0", now).unwrap();
        names.count(other, "one more", now).unwrap();
        names
            .count(user, "one more", now.plus_millis(3_600_000))
            .unwrap();
    }
}
