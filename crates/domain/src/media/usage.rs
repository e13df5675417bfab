use base::{Error, ErrorCode, Id, Result, limit};
use store::{Batch, CommitError, Entity, TenantData, TenantStore};

use super::collections::StorageUsage;

/// Storage that the files of one tenant may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StorageQuota {
    /// Bytes of all files.
    pub bytes: u64,
    /// Number of files.
    pub files: u64,
}

impl Default for StorageQuota {
    fn default() -> Self {
        Self {
            bytes: limit::TENANT_STORAGE_BYTES as u64,
            files: limit::TENANT_FILES as u64,
        }
    }
}

/// Returns the storage that a tenant's files use, including reservations of uploads in progress.
///
/// # Errors
/// Fails if the store is unavailable.
pub async fn usage(tenant: &TenantStore) -> Result<StorageUsage> {
    let stored = tenant.get(id(tenant)).await?;
    Ok(stored.map_or(StorageUsage { bytes: 0, files: 0 }, |stored| stored.doc))
}

/// Returns the id of the usage, which is the tenant's.
fn id(tenant: &TenantStore) -> Id<StorageUsage> {
    Id::new(tenant.id().object_id())
}

/// Changes of a tenant's usage in the batch of the file that causes them, so that concurrent
/// uploads cannot exceed the quota.
#[derive(Debug)]
pub(super) struct Reservation {
    stored: Option<Entity<StorageUsage>>,
    quota: StorageQuota,
    /// Positions in the batch of the writes that the quota bounds.
    bounded: std::ops::Range<usize>,
}

impl Reservation {
    /// Reads the current usage.
    pub(super) async fn read(tenant: &TenantStore, quota: StorageQuota) -> Result<Self> {
        Ok(Self {
            stored: tenant.get(id(tenant)).await?,
            quota,
            bounded: 0..0,
        })
    }

    /// Adds a file of so many bytes.
    pub(super) fn add(&mut self, tenant: &TenantStore, batch: &mut Batch<TenantData>, bytes: i64) {
        let id = id(tenant);
        if self.stored.is_none() {
            batch.insert_as(id, StorageUsage { bytes: 0, files: 0 });
        }
        let bound = |most: u64| Some(i64::try_from(most).unwrap_or(i64::MAX));
        let first = batch.len();
        batch.increment(id, StorageUsage::bytes, bytes, bound(self.quota.bytes));
        batch.increment(id, StorageUsage::files, 1, bound(self.quota.files));
        self.bounded = first..batch.len();
    }

    /// Converts the error of the commit. `None` if a concurrent write conflicted, so that the
    /// caller reads again.
    pub(super) fn failure(&self, error: CommitError, bytes: i64) -> Option<Error> {
        match error {
            CommitError::Conflict { .. } | CommitError::PreconditionFailed { .. } => None,
            CommitError::LimitExceeded { write } if self.bounded.contains(&write) => {
                Some(self.exceeded(bytes))
            }
            error => Some(error.into()),
        }
    }

    fn exceeded(&self, bytes: i64) -> Error {
        let used = self
            .stored
            .as_ref()
            .map_or((0, 0), |stored| (stored.bytes, stored.files));
        let StorageQuota {
            bytes: most_bytes,
            files: most_files,
        } = self.quota;
        Error::new(
            ErrorCode::StorageQuotaExceeded,
            format!(
                "The storage quota does not allow another {bytes} bytes: about {} of {most_bytes} bytes \
                 and {} of {most_files} files are used.",
                used.0, used.1
            ),
        )
    }
}

/// Changes the used bytes and files by these differences.
pub(crate) fn adjust(tenant: &TenantStore, batch: &mut Batch<TenantData>, bytes: i64, files: i64) {
    let id = id(tenant);
    if bytes != 0 {
        batch.increment(id, StorageUsage::bytes, bytes, None);
    }
    if files != 0 {
        batch.increment(id, StorageUsage::files, files, None);
    }
}
