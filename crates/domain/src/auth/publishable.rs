use std::sync::Arc;

use base::{ClientAddress, Result};
use store::{Entity, TenantStore};

use super::auth_context::check_origin;
use super::{Authenticator, unauthenticated};
use crate::tenants::{Application, parse_publishable_key};

/// The application of a publishable key, with its tenant.
#[derive(Debug)]
pub struct PublishableClient {
    /// Handle of the tenant.
    pub tenant: TenantStore,
    /// The application.
    pub application: Arc<Entity<Application>>,
}

impl Authenticator {
    /// Verifies a publishable key, which permits nothing but starting a sign-in, and counts the
    /// request towards the tenant's limit.
    ///
    /// # Errors
    /// 401 `unauthenticated` for an unknown key, 403 `origin_not_allowed`, `address_blocked`,
    /// `address_not_allowed` or `tenant_suspended`, 429 `rate_limited`.
    pub async fn present_publishable(
        &self,
        text: &str,
        origin: Option<&str>,
        client: ClientAddress,
    ) -> Result<PublishableClient> {
        let unknown = || unauthenticated("There is no such publishable key.");
        let id = parse_publishable_key(text).ok_or_else(unknown)?;
        let application = self.application(id).await?;
        let tenant = self.open(application.tenant_id).await?;
        self.count_tenant(tenant.id(), 1)?;
        check_origin(&application, origin)?;
        self.inner
            .ip_rules
            .check_tenant(tenant.id(), application.id, None, client)
            .await?;
        Ok(PublishableClient {
            tenant,
            application,
        })
    }
}
