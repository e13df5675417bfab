use base::{Context, Error, Id, Result, TenantId, Timestamp};
use store::{Collection, Entity};
use zeroize::Zeroizing;

use super::key_text::push_secret;
use super::{Application, SigningSecret};
use crate::key_ring::{EncryptionContext, KeyRing};

/// What every signing secret starts with.
const PREFIX: &str = "caas_ss_";

/// A signing secret in the clear, with the header field that names it.
#[derive(Clone)]
pub struct OpenSecret {
    /// What tokens carry as `kid`: the application and the secret's version.
    pub key_id: String,
    /// The text whose bytes are the HMAC key.
    pub secret: Zeroizing<String>,
}

impl std::fmt::Debug for OpenSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "OpenSecret({})", self.key_id)
    }
}

/// The newest signing secret of an application, for the tenant that signs its
/// own tokens.
///
/// # Errors
/// 500 when the master key is not the one it was sealed under.
pub fn signing_secret(vault: &KeyRing, application: &Entity<Application>) -> Result<OpenSecret> {
    let newest = application
        .secrets
        .0
        .iter()
        .max_by_key(|secret| secret.version);
    let newest = newest.ok_or_else(|| Error::internal(NoSecret(application.id)))?;
    let secret = open(vault, application, newest)?;
    Ok(OpenSecret {
        key_id: key_id(application.id, newest.version),
        secret,
    })
}

/// The secret of that version, while it is accepted.
pub(crate) fn accepted(
    vault: &KeyRing,
    application: &Entity<Application>,
    version: u32,
    now: Timestamp,
) -> Result<Option<Zeroizing<String>>> {
    let found = application
        .secrets
        .0
        .iter()
        .find(|secret| secret.version == version);
    found
        .filter(|secret| is_accepted(secret, now))
        .map(|secret| open(vault, application, secret))
        .transpose()
}

pub(crate) fn is_accepted(secret: &SigningSecret, now: Timestamp) -> bool {
    secret.ends_at.is_none_or(|end| now < end)
}

pub(crate) fn new_secret(
    vault: &KeyRing,
    context: &Context,
    tenant: TenantId,
    id: Id<Application>,
    version: u32,
) -> Result<SigningSecret> {
    let mut text = Zeroizing::new(PREFIX.to_owned());
    push_secret(&mut text, context);
    Ok(SigningSecret {
        version,
        sealed: vault.seal(&bound(tenant, id), text.as_bytes())?,
        ends_at: None,
    })
}

/// The header field that names a secret: `app_….<version>`.
pub(crate) fn key_id(application: Id<Application>, version: u32) -> String {
    format!("{}.{version}", super::show_application(application))
}

/// The application and version that a header field names.
pub(crate) fn parse_key_id(text: &str) -> Option<(Id<Application>, u32)> {
    let (application, version) = text.split_once('.')?;
    Some((
        super::parse_application(application)?,
        version.parse().ok()?,
    ))
}

fn open(
    vault: &KeyRing,
    application: &Entity<Application>,
    secret: &SigningSecret,
) -> Result<Zeroizing<String>> {
    let mut bytes = vault.open(
        &bound(application.tenant_id, application.id),
        &secret.sealed,
    )?;
    String::from_utf8(std::mem::take(&mut *bytes))
        .map(Zeroizing::new)
        .map_err(|_| Error::internal(NoSecret(application.id)))
}

fn bound(tenant: TenantId, id: Id<Application>) -> EncryptionContext {
    EncryptionContext {
        collection: Application::DECLARATION.name,
        tenant,
        id: id.object_id(),
        field: Application::secrets.name(),
    }
}

#[derive(Debug, thiserror::Error)]
#[error("the application {0} has no readable signing secret")]
struct NoSecret(Id<Application>);
