use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use base::TenantId;
use domain::auth::RateLimitStatus;

use crate::cost::Payer;
use crate::state::AppState;

/// Data about one request that the middleware and extractors share. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct RequestContext {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    id: String,
    is_receiving_body: AtomicBool,
    is_transferring: AtomicBool,
    tenant: OnceLock<TenantId>,
    payer: OnceLock<(Payer, RateLimitStatus)>,
}

impl RequestContext {
    /// Creates the context of a request with a new id. Ids of clients are ignored.
    pub(crate) fn new(state: &AppState) -> Self {
        let random = state.store().context().random::<12>();
        Self {
            inner: Arc::new(Inner {
                id: format!("req_{}", hex::encode(random)),
                is_receiving_body: AtomicBool::new(false),
                is_transferring: AtomicBool::new(false),
                tenant: OnceLock::new(),
                payer: OnceLock::new(),
            }),
        }
    }

    /// Returns the request id.
    pub(crate) fn id(&self) -> &str {
        &self.inner.id
    }

    /// Returns whether the body is being received.
    pub(crate) fn is_receiving_body(&self) -> bool {
        self.inner.is_receiving_body.load(Ordering::Relaxed)
    }

    /// Sets whether the body is being received.
    pub(crate) fn set_receiving_body(&self, is_receiving: bool) {
        self.inner
            .is_receiving_body
            .store(is_receiving, Ordering::Relaxed);
    }

    /// Returns whether a file is being received, which may take longer than other requests.
    pub(crate) fn is_transferring(&self) -> bool {
        self.inner.is_transferring.load(Ordering::Relaxed)
    }

    /// Sets whether a file is being received.
    pub(crate) fn set_transferring(&self, is_transferring: bool) {
        self.inner
            .is_transferring
            .store(is_transferring, Ordering::Relaxed);
    }

    /// Returns the tenant, once the credential is authenticated.
    pub(crate) fn tenant(&self) -> Option<TenantId> {
        self.inner.tenant.get().copied()
    }

    /// Sets the tenant. Only the first call has an effect.
    pub(crate) fn set_tenant(&self, tenant: TenantId) {
        self.inner.tenant.get_or_init(|| tenant);
    }

    /// Returns the caller's rate limit status, once the caller is authorized.
    pub(crate) fn rate_limit(&self) -> Option<&RateLimitStatus> {
        self.inner.payer.get().map(|(_, status)| status)
    }

    /// Returns the payer of the request, once the caller is authorized.
    pub(crate) fn payer(&self) -> Option<Payer> {
        self.inner.payer.get().map(|(payer, _)| *payer)
    }

    /// Sets the payer and their rate limit status. Only the first call has an effect.
    pub(crate) fn set_payer(&self, payer: Payer, status: RateLimitStatus) {
        self.inner.payer.get_or_init(|| (payer, status));
    }
}
