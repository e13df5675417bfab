use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use base::TenantId;
use domain::auth::RateLimitStatus;

use crate::api::Api;
use crate::cost::Payer;

/// What is noted of one request while it is answered. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Trail(Arc<Notes>);

#[derive(Debug)]
struct Notes {
    id: String,
    arriving: AtomicBool,
    tenant: OnceLock<TenantId>,
    payer: OnceLock<(Payer, RateLimitStatus)>,
}

impl Trail {
    /// A new request; ids from outside are not taken.
    pub(crate) fn begin(api: &Api) -> Self {
        let id = format!("req_{}", hex::encode(api.store().context().random::<12>()));
        Self(Arc::new(Notes {
            id,
            arriving: AtomicBool::new(false),
            tenant: OnceLock::new(),
            payer: OnceLock::new(),
        }))
    }

    /// The request's id.
    pub(crate) fn id(&self) -> &str {
        &self.0.id
    }

    /// Whether the body is being waited for.
    pub(crate) fn is_arriving(&self) -> bool {
        self.0.arriving.load(Ordering::Relaxed)
    }

    /// Notes that the body is being waited for, or has come.
    pub(crate) fn set_arriving(&self, arriving: bool) {
        self.0.arriving.store(arriving, Ordering::Relaxed);
    }

    /// Whose request it is, once the credential was told.
    pub(crate) fn tenant(&self) -> Option<TenantId> {
        self.0.tenant.get().copied()
    }

    /// Notes whose request it is.
    pub(crate) fn set_tenant(&self, tenant: TenantId) {
        self.0.tenant.get_or_init(|| tenant);
    }

    /// What is left of the caller's quota, once the caller is known.
    pub(crate) fn left(&self) -> Option<&RateLimitStatus> {
        self.0.payer.get().map(|(_, left)| left)
    }

    /// Whose quotas the request was taken from, once the caller is known.
    pub(crate) fn payer(&self) -> Option<Payer> {
        self.0.payer.get().map(|(payer, _)| *payer)
    }

    /// Notes whose quotas the request was taken from and what is left of them.
    /// A request has one caller.
    pub(crate) fn set_payer(&self, payer: Payer, left: RateLimitStatus) {
        self.0.payer.get_or_init(|| (payer, left));
    }
}
