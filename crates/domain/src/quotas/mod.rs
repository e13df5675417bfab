//! How much users have of what is bounded: counts that are changed in the
//! batch of what they count, so that no bound is passed by those who race.

mod collections;

use base::{Error, ErrorCode, Id, Result, limit};
use store::{
    Batch, Changes, Collection, CommitError, Declaration, Entity, TenantData, TenantStore, Update,
};

use crate::identity::User;
pub use collections::Quota;

/// The collections of the room.
pub(crate) const COLLECTIONS: &[&Declaration] = &[Quota::DECLARATION];

/// Names one count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Name {
    user: Id<User>,
    counted: QuotaKind,
    part: String,
}

/// Counts as they were read, and what a batch changes of them.
#[derive(Debug)]
pub(crate) struct Quotas {
    present: Vec<Entity<Quota>>,
    /// The writes that raise a count.
    raised: Vec<(usize, QuotaKind)>,
}

/// Why a batch that changes counts was not written.
pub(crate) enum CommitConflict {
    /// Somebody was faster: look again at what stands.
    Again,
    /// It cannot be written.
    Failed(Error),
}

impl<F: Into<Error>> From<F> for CommitConflict {
    fn from(failure: F) -> Self {
        Self::Failed(failure.into())
    }
}

impl Name {
    /// What a user has as a whole.
    pub(crate) const fn of(user: Id<User>, counted: QuotaKind) -> Self {
        Self {
            user,
            counted,
            part: String::new(),
        }
    }

    /// What a user has in one part.
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
    /// Reads counts by one statement. What they count must have been read
    /// before: then a batch that expects it unchanged meets whoever changed
    /// the count in between.
    pub(crate) async fn read(tenant: &TenantStore, names: &[Name]) -> Result<Self> {
        let named = |name: &Name| {
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
            raised: Vec::new(),
        })
    }

    /// Counts one more, and says whether it is the first. Each name at most once in a batch.
    pub(crate) fn take(&mut self, batch: &mut Batch<TenantData>, name: &Name) -> bool {
        self.raised.push((batch.len(), name.counted));
        let Some(present) = self.find(name) else {
            let Name {
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

    /// Counts one less, and says whether it was the last. Each name at most once in a batch.
    pub(crate) fn give_back(&self, batch: &mut Batch<TenantData>, name: &Name) -> bool {
        match self.find(name) {
            None => false,
            Some(present) if present.count > 1 => {
                batch.increment(present.id, Quota::count, -1, Some(1));
                false
            }
            Some(last) => {
                // A removal expects nothing of its own, so a write that changes nothing does.
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

    /// What the error of a commit means that changes counts, all else it
    /// expects being what may change at any moment.
    pub(crate) fn outrun(&self, error: CommitError) -> CommitConflict {
        let full = |write| {
            self.raised
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

    fn find(&self, name: &Name) -> Option<&Entity<Quota>> {
        self.present.iter().find(|quota| name.is_of(quota))
    }
}

store::string_enum! {
    /// What is counted of a user.
    pub enum QuotaKind {
        /// Friends and open requests, own and others'.
        Friends = "friends",
        /// Users whom the user blocks.
        Blocks = "blocks",
        /// Users of whom the user notes something.
        Remarks = "remarks",
        /// Apps that keep data for the user.
        Apps = "apps",
        /// Keys that one app keeps for the user.
        AppKeys = "app_keys",
    }
}

impl QuotaKind {
    /// The most that a user may have.
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

    /// Says that there is no room for another.
    fn full(self) -> Error {
        let most = self.most();
        let told = match self {
            Self::Friends => {
                format!("One of the two has {most} friends and open requests, which is the most.")
            }
            Self::Blocks => format!("The user blocks {most} others, which is the most."),
            Self::Remarks => format!("The user has remarks on {most} others, which is the most."),
            Self::Apps => format!("The user has data of {most} apps, which is the most."),
            Self::AppKeys => format!("The app keeps {most} keys for the user, which is the most."),
        };
        Error::new(ErrorCode::LimitReached, told)
    }
}
