//! The user document and its lookup. Separate from `users`, so that modules that `users` depends on
//! can use it.

mod collections;

use base::{Error, ErrorCode, ExternalId, Id, IdOrExternalId, Result};
use store::{Collection, Declaration, Entity, TenantStore};

pub use collections::User;

/// Collections of the module.
pub(crate) const COLLECTIONS: &[&Declaration] = &[User::DECLARATION];

/// Returns the referenced user.
///
/// # Errors
/// 404 `user_not_found`.
pub async fn resolve(tenant: &TenantStore, name: &IdOrExternalId<User>) -> Result<Entity<User>> {
    let found = match name {
        IdOrExternalId::Id(id) => tenant.get(*id).await?,
        IdOrExternalId::External(external) => {
            tenant
                .find(User::by_external_id.eq(User::external_id, external.clone()))
                .await?
        }
    };
    found.ok_or_else(not_found)
}

/// Returns the referenced user, even if deleted.
///
/// # Errors
/// 404 `user_not_found`.
pub(crate) async fn resolve_even_deleted(
    tenant: &TenantStore,
    name: &IdOrExternalId<User>,
) -> Result<Entity<User>> {
    let found = match name {
        IdOrExternalId::Id(id) => tenant.get_many_with_deleted(&[*id]).await?.pop(),
        IdOrExternalId::External(external) => {
            tenant
                .find(
                    User::by_external_id
                        .eq(User::external_id, external.clone())
                        .with_deleted(),
                )
                .await?
        }
    };
    found.ok_or_else(not_found)
}

/// Returns the referenced users in the given order, with two reads.
///
/// # Errors
/// 404 `user_not_found` with the position of the first unknown one, as `/<position>`.
pub async fn resolve_many(
    tenant: &TenantStore,
    names: &[IdOrExternalId<User>],
) -> Result<Vec<Entity<User>>> {
    let ids: Vec<Id<User>> = names
        .iter()
        .filter_map(|name| {
            if let IdOrExternalId::Id(id) = name {
                Some(*id)
            } else {
                None
            }
        })
        .collect();
    let externals: Vec<ExternalId> = names
        .iter()
        .filter_map(|name| {
            if let IdOrExternalId::External(external) = name {
                Some(external.clone())
            } else {
                None
            }
        })
        .collect();
    let most = externals.len();
    let by_external = User::by_external_id
        .all()
        .one_of(User::external_id, externals)
        .limit(most);
    let (by_id, by_external) = tokio::try_join!(tenant.get_many(&ids), tenant.list(by_external))?;
    let found: Vec<Entity<User>> = by_id.into_iter().chain(by_external.items).collect();
    let named = |user: &&Entity<User>, name: &IdOrExternalId<User>| match name {
        IdOrExternalId::Id(id) => user.id == *id,
        IdOrExternalId::External(external) => user.external_id.as_ref() == Some(external),
    };
    let of = |(at, name)| {
        let user = found.iter().find(|user| named(user, name)).cloned();
        user.ok_or_else(|| not_found().at(format!("/{at}"), "is an unknown user"))
    };
    names.iter().enumerate().map(of).collect()
}

/// Returns the error for a user that does not exist or belongs to another tenant.
pub(crate) fn not_found() -> Error {
    Error::new(ErrorCode::UserNotFound, "There is no such user.")
}
