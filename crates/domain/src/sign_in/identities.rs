use base::{Error, ErrorCode, Id, Result, limit};
use serde_json::json;
use store::{CommitError, Entity, TenantStore};

use super::UserIdentity;
use crate::activities::{SystemActivity, record_in};
use crate::users::User;
use crate::validation::{self, ValidationErrors};

/// An identity to link.
#[derive(Clone, Debug)]
pub struct NewIdentity {
    /// Name of the provider, such as `valu`.
    pub provider: String,
    /// The user's id at the provider.
    pub subject: String,
}

/// Lists the identities of a user, at most [`limit::USER_IDENTITIES`].
///
/// # Errors
/// 503 if the store is unavailable.
pub async fn list_identities(
    tenant: &TenantStore,
    user: Id<User>,
) -> Result<Vec<Entity<UserIdentity>>> {
    let query = UserIdentity::by_user
        .eq(UserIdentity::user_id, user)
        .limit(limit::USER_IDENTITIES);
    Ok(tenant.list(query).await?.items)
}

/// Links an identity to a user; a server vouches for it. Has no effect if it is linked already.
///
/// # Errors
/// 400 with the invalid fields, 409 `identity_taken` if the identity belongs to another user or the
/// user has another one of the provider, 422 `limit_reached`.
pub async fn link_identity(
    tenant: &TenantStore,
    user: Id<User>,
    new: NewIdentity,
) -> Result<(Entity<UserIdentity>, bool)> {
    let NewIdentity { provider, subject } = new;
    let mut errors = ValidationErrors::default();
    errors.add(validation::label("/provider", &provider))?;
    errors.add(validation::label("/subject", &subject))?;
    errors.finish()?;
    let linked = list_identities(tenant, user).await?;
    let same = |identity: &Entity<UserIdentity>| {
        identity.provider == provider && identity.subject == subject
    };
    if let Some(identity) = linked.iter().find(|identity| same(identity)) {
        return Ok((identity.clone(), false));
    }
    if linked.len() >= limit::USER_IDENTITIES {
        let message = format!(
            "A user can have at most {} identities.",
            limit::USER_IDENTITIES
        );
        return Err(Error::new(ErrorCode::LimitReached, message));
    }
    let mut batch = tenant.batch();
    let identity = batch.insert(UserIdentity {
        user_id: user,
        issuer: provider.clone(),
        provider,
        subject,
        last_used_at: None,
    });
    let data = json!({"provider": identity.provider});
    record_in(
        &mut batch,
        Some(user),
        SystemActivity::IdentityLinked,
        None,
        &data,
    );
    match tenant.commit(batch).await {
        Ok(()) => Ok((identity, true)),
        Err(CommitError::Conflict { .. }) => Err(Error::new(
            ErrorCode::IdentityTaken,
            "The identity belongs to another user, or the user has one of this provider.",
        )),
        Err(error) => Err(error.into()),
    }
}

/// Unlinks the identity of a provider from a user.
///
/// # Errors
/// 404 `identity_not_found`.
pub async fn unlink_identity(tenant: &TenantStore, user: Id<User>, provider: &str) -> Result<()> {
    let not_found = || Error::new(ErrorCode::IdentityNotFound, "There is no such identity.");
    let linked = list_identities(tenant, user).await?;
    let identity = linked.iter().find(|identity| identity.provider == provider);
    let identity = identity.ok_or_else(not_found)?;
    let mut batch = tenant.batch();
    batch.remove(identity.id, true);
    let data = json!({"provider": provider});
    record_in(
        &mut batch,
        Some(user),
        SystemActivity::IdentityUnlinked,
        None,
        &data,
    );
    match tenant.commit(batch).await {
        Err(CommitError::PreconditionFailed { .. }) => Err(not_found()),
        committed => Ok(committed?),
    }
}

/// Returns the user of an identity, if it is linked.
///
/// # Errors
/// 400 if the texts are invalid, 503 if the store is unavailable.
pub async fn find_user_by_identity(
    tenant: &TenantStore,
    provider: &str,
    subject: &str,
) -> Result<Option<Entity<User>>> {
    validation::label("provider", provider)?;
    validation::label("subject", subject)?;
    let query = UserIdentity::by_subject
        .eq(UserIdentity::issuer, provider.to_owned())
        .eq(UserIdentity::subject, subject.to_owned());
    match tenant.find(query).await? {
        Some(identity) => Ok(tenant.get(identity.user_id).await?),
        None => Ok(None),
    }
}
