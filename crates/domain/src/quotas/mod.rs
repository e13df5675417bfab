//! Quotas of users: counts that are updated in the batch of the counted write, so that concurrent
//! writes cannot exceed a limit.

mod collections;

use base::{Error, ErrorCode, Id, Result, limit};
use store::{
    Batch, Changes, Collection, CommitError, Declaration, Entity, TenantData, TenantStore, Update,
};

use crate::identity::User;
pub use collections::Quota;

/// Collections of the module.
pub(crate) const COLLECTIONS: &[&Declaration] = &[Quota::DECLARATION];

/// Key of one count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct QuotaKey {
    user: Id<User>,
    counted: QuotaKind,
    part: String,
}

/// Counts that were read, and their changes in a batch.
#[derive(Debug)]
pub(crate) struct Quotas {
    present: Vec<Entity<Quota>>,
    /// Positions in the batch of the writes that increment a count.
    incremented: Vec<(usize, QuotaKind)>,
}

/// Reason why a batch with counts was not committed.
pub(crate) enum CommitConflict {
    /// A concurrent write conflicted; read again and retry.
    Again,
    /// The batch cannot be committed.
    Failed(Error),
}

impl<F: Into<Error>> From<F> for CommitConflict {
    fn from(failure: F) -> Self {
        Self::Failed(failure.into())
    }
}

impl QuotaKey {
    /// Returns the key of a count per user.
    pub(crate) const fn of(user: Id<User>, counted: QuotaKind) -> Self {
        Self {
            user,
            counted,
            part: String::new(),
        }
    }

    /// Returns the key of a count in one subdivision.
    pub(crate) fn within(user: Id<User>, counted: QuotaKind, part: &str) -> Self {
        Self {
            user,
            counted,
            part: part.to_owned(),
        }
    }

    fn is_of(&self, quota: &Quota) -> bool {
        (self.user, self.counted, &self.part) == (quota.user_id, quota.counted, &quota.part)
    }
}

impl Quotas {
    /// Reads counts with one read. The counted documents must have been read before: a batch that
    /// expects them unchanged then conflicts with every concurrent change of the counts.
    pub(crate) async fn read(tenant: &TenantStore, names: &[QuotaKey]) -> Result<Self> {
        let named = |name: &QuotaKey| {
            let of_kind = Quota::by_counted
                .eq(Quota::user_id, name.user)
                .eq(Quota::counted, name.counted);
            of_kind.eq(Quota::part, name.part.clone())
        };
        let present = tenant
            .list_each(names.iter().map(named).collect(), names.len())
            .await?;
        Ok(Self {
            present,
            incremented: Vec::new(),
        })
    }

    /// Increments a count and returns whether it was zero. Call it at most once per key and batch.
    pub(crate) fn reserve(&mut self, batch: &mut Batch<TenantData>, name: &QuotaKey) -> bool {
        self.incremented.push((batch.len(), name.counted));
        let Some(present) = self.find(name) else {
            let QuotaKey {
                user,
                counted,
                part,
            } = name.clone();
            batch.insert(Quota {
                user_id: user,
                counted,
                part,
                count: 1,
            });
            return true;
        };
        batch.increment(
            present.id,
            Quota::count,
            1,
            Some(limit::signed(name.counted.most())),
        );
        false
    }

    /// Decrements a count and returns whether it is zero. Call it at most once per key and batch.
    pub(crate) fn release(&self, batch: &mut Batch<TenantData>, name: &QuotaKey) -> bool {
        match self.find(name) {
            None => false,
            Some(present) if present.count > 1 => {
                batch.increment(present.id, Quota::count, -1, Some(1));
                false
            }
            Some(last) => {
                // A deletion has no precondition, so an update without changes carries it.
                batch.update(
                    last.id,
                    Update::of(Changes::new())
                        .quietly()
                        .expecting(Quota::count, Some(last.count)),
                );
                batch.remove(last.id, true);
                true
            }
        }
    }

    /// Converts the error of a commit that changes counts. All other preconditions of the batch
    /// must be ones that concurrent writes may break.
    pub(crate) fn commit_conflict(&self, error: CommitError) -> CommitConflict {
        let full = |write| {
            self.incremented
                .iter()
                .find(|(raising, _)| *raising == write)
                .map(|(_, counted)| counted.full())
        };
        match error {
            CommitError::Conflict { .. } | CommitError::PreconditionFailed { .. } => {
                CommitConflict::Again
            }
            CommitError::LimitExceeded { write } => {
                full(write).map_or(CommitConflict::Again, CommitConflict::Failed)
            }
            error => error.into(),
        }
    }

    fn find(&self, name: &QuotaKey) -> Option<&Entity<Quota>> {
        self.present.iter().find(|quota| name.is_of(quota))
    }
}

store::string_enum! {
    /// Kind of counted items.
    pub enum QuotaKind {
        /// Friends and open requests in both directions.
        Friends = "friends",
        /// Blocked users.
        Blocks = "blocks",
        /// Users with a private note.
        Remarks = "remarks",
        /// Apps with data of the user.
        Apps = "apps",
        /// Keys of one app for the user.
        AppKeys = "app_keys",
    }
}

impl QuotaKind {
    /// Returns the maximum count per user.
    #[must_use]
    pub const fn most(self) -> usize {
        match self {
            Self::Friends => limit::USER_FRIENDS,
            Self::Blocks => limit::USER_BLOCKS,
            Self::Remarks => limit::USER_REMARKS,
            Self::Apps => limit::USER_APPS,
            Self::AppKeys => limit::APP_DATA_KEYS,
        }
    }

    /// Returns the error for a full quota.
    fn full(self) -> Error {
        let most = self.most();
        let message = match self {
            Self::Friends => {
                format!(
                    "One of the two users has reached the limit of friends and open requests ({most})."
                )
            }
            Self::Blocks => format!("Block limit reached ({most})."),
            Self::Remarks => format!("Limit of remarks on other users reached ({most})."),
            Self::Apps => format!("Limit of apps with data of this user reached ({most})."),
            Self::AppKeys => format!("Limit of the app's keys for this user reached ({most})."),
        };
        Error::new(ErrorCode::LimitReached, message)
    }
}
