use base::{Error, Id, Result, TenantId};
use store::Collection as _;
use zeroize::Zeroizing;

use super::collections::{IntegrationSecrets, PlatformIntegration};
use crate::key_ring::{EncryptionContext, KeyRing, Sealed};

/// Secret of an integration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Secret {
    /// Access token of the Graph API.
    AccessToken,
    /// App secret, which signs webhooks.
    App,
    /// Verify token of the webhook handshake.
    VerifyToken,
}

impl Secret {
    const fn field(self) -> &'static str {
        match self {
            Self::AccessToken => "access_token",
            Self::App => "app_secret",
            Self::VerifyToken => "verify_token",
        }
    }

    fn bound(self, tenant: TenantId, id: Id<PlatformIntegration>) -> EncryptionContext {
        EncryptionContext {
            collection: PlatformIntegration::DECLARATION.name,
            tenant,
            id: id.object_id(),
            field: self.field(),
        }
    }

    /// Encrypts the secret of an integration.
    pub(super) fn seal(
        self,
        key_ring: &KeyRing,
        tenant: TenantId,
        id: Id<PlatformIntegration>,
        text: &str,
    ) -> Result<Sealed> {
        key_ring.seal(&self.bound(tenant, id), text.as_bytes())
    }

    /// Decrypts the secret of an integration.
    ///
    /// # Errors
    /// 500 if it was encrypted under another master key.
    pub(super) fn open(
        self,
        key_ring: &KeyRing,
        tenant: TenantId,
        id: Id<PlatformIntegration>,
        secrets: &IntegrationSecrets,
    ) -> Result<Zeroizing<String>> {
        let sealed = match self {
            Self::AccessToken => &secrets.access_token,
            Self::App => &secrets.app_secret,
            Self::VerifyToken => &secrets.verify_token,
        };
        let mut bytes = key_ring.open(&self.bound(tenant, id), sealed)?;
        String::from_utf8(std::mem::take(&mut *bytes))
            .map(Zeroizing::new)
            .map_err(Error::internal)
    }
}
