//! Limits on the open requests and buffered bytes of one user and one tenant on this server.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use base::{Error, ErrorCode, Id, Result, TenantId, limit};
use quick_cache::sync::Cache;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use crate::users::User;

/// Maximum time that a reservation waits.
const WAIT: Duration = Duration::from_secs(limit::BUFFER_WAIT_SECONDS as u64);

/// Value of `Retry-After` for rejected requests, in milliseconds.
const RETRY_AFTER_MILLIS: u64 = 1_000;

/// Usage by tenant and user, in a bounded table. An evicted entry stays valid for its holders.
#[derive(Debug)]
pub(super) struct UsageTable {
    accounts: Cache<(TenantId, Option<Id<User>>), Arc<Account>>,
}

impl UsageTable {
    pub(super) fn new() -> Self {
        Self {
            accounts: Cache::new(limit::RATE_BUCKETS),
        }
    }

    pub(super) fn of(&self, tenant: TenantId, user: Option<Id<User>>) -> Usage {
        Usage {
            tenant: self.account(tenant, None),
            user: user.map(|user| self.account(tenant, Some(user))),
        }
    }

    fn account(&self, tenant: TenantId, user: Option<Id<User>>) -> Arc<Account> {
        let new = || Ok::<_, Infallible>(Arc::new(Account::new(user.is_some())));
        let Ok(account) = self.accounts.get_or_insert_with(&(tenant, user), new);
        account
    }
}

/// Remaining capacity of one user or tenant.
#[derive(Debug)]
struct Account {
    owner: &'static str,
    requests: Arc<Semaphore>,
    bytes: Arc<Semaphore>,
}

impl Account {
    fn new(is_user: bool) -> Self {
        let (owner, requests, bytes) = if is_user {
            (
                "user",
                limit::USER_REQUESTS_AT_ONCE,
                limit::USER_BUFFER_BYTES,
            )
        } else {
            (
                "tenant",
                limit::TENANT_REQUESTS_AT_ONCE,
                limit::TENANT_BUFFER_BYTES,
            )
        };
        Self {
            owner,
            requests: Arc::new(Semaphore::new(requests)),
            bytes: Arc::new(Semaphore::new(bytes)),
        }
    }

    fn open(&self) -> Result<OwnedSemaphorePermit> {
        let permit = Arc::clone(&self.requests).try_acquire_owned();
        permit.map_err(|_| rejected(format!("This {} has too many open requests.", self.owner)))
    }

    fn try_reserve(&self, bytes: u32) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.bytes).try_acquire_many_owned(bytes).ok()
    }

    async fn reserve(&self, bytes: u32) -> Result<OwnedSemaphorePermit> {
        let waiting = timeout(WAIT, Arc::clone(&self.bytes).acquire_many_owned(bytes)).await;
        let full = || format!("Clients of this {} have too many unread bytes.", self.owner);
        waiting
            .map_err(|_| rejected(full()))?
            .map_err(Error::internal)
    }

    /// Reserves the bytes, or as many as are free.
    fn reserve_up_to(&self, bytes: u32) -> Option<OwnedSemaphorePermit> {
        let free = u32::try_from(self.bytes.available_permits()).unwrap_or(u32::MAX);
        self.try_reserve(bytes.min(free))
    }
}

fn rejected(detail: String) -> Error {
    Error::new(ErrorCode::RateLimited, detail).retry_after_ms(RETRY_AFTER_MILLIS)
}

/// Limits of one user and their tenant, or of a tenant's server.
#[derive(Debug, Clone)]
pub struct Usage {
    tenant: Arc<Account>,
    user: Option<Arc<Account>>,
}

/// An open request; closed when dropped.
#[derive(Debug)]
pub struct OpenRequest {
    _tenant: OwnedSemaphorePermit,
    _user: Option<OwnedSemaphorePermit>,
}

/// Reserved buffer bytes of a user and their tenant; released when dropped.
#[derive(Debug, Default)]
pub struct Reservation {
    tenant: Option<OwnedSemaphorePermit>,
    user: Option<OwnedSemaphorePermit>,
}

impl Usage {
    /// Opens a request.
    ///
    /// # Errors
    /// 429 `rate_limited` if the user or the tenant has as many open requests as allowed.
    pub fn open(&self) -> Result<OpenRequest> {
        let user = self.user.as_ref().map(|user| user.open()).transpose()?;
        Ok(OpenRequest {
            _tenant: self.tenant.open()?,
            _user: user,
        })
    }

    /// Reserves bytes if they are free now.
    #[must_use]
    pub fn try_reserve(&self, bytes: usize) -> Option<Reservation> {
        let bytes = number(bytes);
        let user = match &self.user {
            Some(user) => Some(user.try_reserve(bytes)?),
            None => None,
        };
        Some(Reservation {
            tenant: Some(self.tenant.try_reserve(bytes)?),
            user,
        })
    }

    /// Reserves bytes, waiting up to [`limit::BUFFER_WAIT_SECONDS`].
    ///
    /// # Errors
    /// 429 `rate_limited` on timeout.
    pub async fn reserve(&self, bytes: usize) -> Result<Reservation> {
        let bytes = number(bytes);
        let user = match &self.user {
            Some(user) => Some(user.reserve(bytes).await?),
            None => None,
        };
        Ok(Reservation {
            tenant: Some(self.tenant.reserve(bytes).await?),
            user,
        })
    }

    /// Reserves the bytes, or as many as are free, for data that cannot wait.
    #[must_use]
    pub fn reserve_up_to(&self, bytes: usize) -> Reservation {
        let bytes = number(bytes);
        let user = self
            .user
            .as_ref()
            .and_then(|user| user.reserve_up_to(bytes));
        Reservation {
            tenant: self.tenant.reserve_up_to(bytes),
            user,
        }
    }
}

impl Reservation {
    /// Releases the bytes above this number.
    pub fn shrink_to(&mut self, bytes: usize) {
        for permit in [&mut self.tenant, &mut self.user].into_iter().flatten() {
            let surplus = permit.num_permits().saturating_sub(bytes);
            drop(permit.split(surplus));
        }
    }

    /// Adds another reservation of the same user and tenant.
    pub fn merge(&mut self, other: Self) {
        add(&mut self.tenant, other.tenant);
        add(&mut self.user, other.user);
    }
}

fn add(to: &mut Option<OwnedSemaphorePermit>, more: Option<OwnedSemaphorePermit>) {
    match (to, more) {
        (Some(permit), Some(more)) if Arc::ptr_eq(permit.semaphore(), more.semaphore()) => {
            permit.merge(more);
        }
        (none @ None, Some(more)) => *none = Some(more),
        // The entry was evicted in between: these bytes are not counted.
        (Some(_), Some(_)) | (_, None) => {}
    }
}

/// Converts a byte count; every limit is far below 2^32.
fn number(bytes: usize) -> u32 {
    u32::try_from(bytes).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use base::ObjectId;

    use super::*;

    struct Scene {
        tenant: TenantId,
        table: UsageTable,
    }

    impl Scene {
        fn new() -> Self {
            Self {
                tenant: TenantId::new(ObjectId([1; 12])),
                table: UsageTable::new(),
            }
        }

        fn user(&self, number: u8) -> Usage {
            self.table
                .of(self.tenant, Some(Id::new(ObjectId([number; 12]))))
        }
    }

    #[test]
    fn open_requests_of_a_user_are_limited_per_user() {
        let scene = Scene::new();
        let ada = scene.user(2);
        let open: Vec<_> = (0..limit::USER_REQUESTS_AT_ONCE)
            .map(|_| ada.open().unwrap())
            .collect();
        let rejected = ada.open().unwrap_err();
        assert_eq!(rejected.code, ErrorCode::RateLimited);
        assert!(rejected.to_string().contains("user"), "{rejected}");
        drop(scene.user(3).open().unwrap());
        drop(open);
        drop(ada.open().unwrap());
    }

    #[test]
    fn open_requests_of_a_tenant_are_limited() {
        let scene = Scene::new();
        let server = scene.table.of(scene.tenant, None);
        let open: Vec<_> = (0..limit::TENANT_REQUESTS_AT_ONCE)
            .map(|_| server.open().unwrap())
            .collect();
        let rejected = scene.user(2).open().unwrap_err();
        assert!(rejected.to_string().contains("tenant"), "{rejected}");
        drop(open);
        // The rejected request does not count towards the user's own bound.
        let _open: Vec<_> = (0..limit::USER_REQUESTS_AT_ONCE)
            .map(|_| scene.user(2).open().unwrap())
            .collect();
    }

    #[tokio::test(start_paused = true)]
    async fn reservation_waits_and_is_rejected_on_timeout() {
        let scene = Scene::new();
        let ada = scene.user(2);
        let bob = scene.user(3);
        let mut held = ada.reserve(limit::USER_BUFFER_BYTES).await.unwrap();
        assert!(ada.try_reserve(1).is_none());
        assert!(bob.try_reserve(1).is_some());
        assert_eq!(
            ada.reserve(1).await.unwrap_err().code,
            ErrorCode::RateLimited
        );
        held.shrink_to(limit::USER_BUFFER_BYTES - 10);
        held.merge(ada.try_reserve(4).unwrap());
        held.merge(ada.reserve_up_to(100));
        assert!(ada.try_reserve(1).is_none());
        drop(held);
        drop(ada.try_reserve(limit::USER_BUFFER_BYTES).unwrap());
    }

    #[test]
    fn users_of_a_tenant_share_its_bytes() {
        let scene = Scene::new();
        let users = limit::TENANT_BUFFER_BYTES / limit::USER_BUFFER_BYTES;
        let all = (1..=users).map(|user| scene.user(u8::try_from(user).unwrap()));
        let held: Vec<_> = all
            .map(|user| user.try_reserve(limit::USER_BUFFER_BYTES).unwrap())
            .collect();
        assert!(scene.user(200).try_reserve(1).is_none());
        drop(held);
        assert!(scene.user(200).try_reserve(1).is_some());
    }
}
