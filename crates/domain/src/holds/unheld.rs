use base::{Error, ErrorCode, ObjectId, Result};
use store::{Batch, Page, Position, TenantData, TenantStore};

use super::{Holds, Rule};

/// Proof that no legal hold keeps what a write removes or overwrites.
///
/// Every write that clears content takes one, so that none can omit the
/// question, and puts [`heed`](Self::heed) into its batch, so that it fails if
/// a hold is set in between.
#[derive(Debug, Clone)]
pub(crate) struct Unheld {
    holds: Holds,
}

impl Unheld {
    /// Asks whether the tenant or one of these users and conversations is
    /// under a legal hold.
    ///
    /// # Errors
    /// 409 `legal_hold`.
    pub(crate) async fn ask(
        tenant: &TenantStore,
        subjects: impl IntoIterator<Item = ObjectId>,
    ) -> Result<Self> {
        let holds = Holds::look(tenant).await?;
        if holds.keep_everything() || !holds.among(subjects).await?.is_empty() {
            return Err(held());
        }
        Ok(Self { holds })
    }

    /// Returns a page of the users on whom a hold lies, for what contains documents of many.
    ///
    /// # Errors
    /// When the store cannot answer.
    pub(crate) async fn held_users(&self, after: Option<Position>) -> Result<Page<Rule>> {
        self.holds.users(after).await
    }

    /// For a job that has sorted out what is held by itself.
    pub(crate) const fn sorted_out(holds: Holds) -> Self {
        Self { holds }
    }

    /// Makes a batch fail as stale if a hold was set or lifted since.
    pub(crate) fn heed(&self, batch: &mut Batch<TenantData>) {
        self.holds.heed(batch);
    }
}

/// Says that a hold keeps something.
pub(crate) fn held() -> Error {
    Error::new(
        ErrorCode::LegalHold,
        "A legal hold on the tenant, the conversation or a user keeps what this would remove.",
    )
}
