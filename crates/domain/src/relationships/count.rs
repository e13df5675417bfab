use base::{Id, Result};
use store::{Batch, TenantData, TenantStore};

use super::{Relationship, State};
use crate::quotas::{Name, QuotaKind, Quotas};
use crate::users::User;

impl State {
    /// What a side in this state counts as. Who is asked counts too, so that
    /// an answer adds to neither side.
    const fn counted(self) -> Option<QuotaKind> {
        match self {
            Self::None => None,
            Self::Requested | Self::Pending | Self::Friends => Some(QuotaKind::Friends),
            Self::Blocked => Some(QuotaKind::Blocks),
        }
    }
}

impl Relationship {
    /// What counts this side.
    pub(super) fn counted(&self) -> impl Iterator<Item = Name> {
        let remark = self.remark.as_ref().map(|_| QuotaKind::Remarks);
        let user = self.user_id;
        self.state
            .counted()
            .into_iter()
            .chain(remark)
            .map(move |counted| Name::of(user, counted))
    }
}

/// What a change of a pair means for the counts of both.
pub(super) struct Moves {
    pub(super) counts: Quotas,
    less: Vec<Name>,
    more: Vec<Name>,
}

impl Moves {
    /// Of users who stand so before and so after.
    pub(super) async fn read(
        tenant: &TenantStore,
        sides: [(Id<User>, State, State); 2],
    ) -> Result<Self> {
        let moved = sides
            .iter()
            .filter(|(_, before, after)| before.counted() != after.counted());
        let named =
            |user: Id<User>, state: State| state.counted().map(|counted| Name::of(user, counted));
        let mut less = Vec::new();
        let mut more = Vec::new();
        for (user, before, after) in moved {
            less.extend(named(*user, *before));
            more.extend(named(*user, *after));
        }
        let counts = Quotas::read(tenant, &[less.as_slice(), more.as_slice()].concat()).await?;
        Ok(Self { counts, less, more })
    }

    pub(super) fn write(&mut self, batch: &mut Batch<TenantData>) {
        for name in &self.less {
            self.counts.give_back(batch, name);
        }
        for name in &self.more {
            self.counts.take(batch, name);
        }
    }
}
