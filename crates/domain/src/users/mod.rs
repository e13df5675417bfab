//! Users of a tenant.

mod avatar;
mod cache;
mod changes;
mod deletion;
mod per_user_document;
pub(crate) mod preferences;
/// Profiles of users.
pub mod profile;
mod role;
mod update;
mod upsert;

use std::collections::HashSet;

use base::{Direction, Error, Id, IdOrExternalId, PageSize, Result, Timestamp, limit};
use store::{Changes, Collection, Declaration, Entity, Page, Position, TenantStore, Update};

use crate::validation;
pub use avatar::set_avatar;
pub use cache::{UserCache, UserSummary};
pub use changes::UserChanges;
pub(crate) use changes::email_taken_by;

pub use crate::identity::{User, resolve, resolve_many};
pub(crate) use crate::identity::{not_found, resolve_even_deleted};
pub use deletion::{ErasedName, HandOver, delete};
pub(crate) use deletion::{erased_at, remember_erased};
pub use per_user_document::PerUserDocument;
pub(crate) use per_user_document::{get_or_create, get_or_create_many, update_document};
pub use role::Role;
pub use update::update;
pub use upsert::{NewUser, Upserted, upsert, upsert_batch};
pub(crate) use upsert::{insert_guest, insert_verified};

/// Collections of the module.
pub(crate) const COLLECTIONS: &[&Declaration] = &[
    profile::Profile::DECLARATION,
    preferences::Preferences::DECLARATION,
    ErasedName::DECLARATION,
];

/// Lists the tenant's users by creation time, one page at a time, or the user with an e-mail
/// address. The address matches in any case and Unicode form, including forms that are not accepted
/// any more.
///
/// # Errors
/// 400 if the text is too long or not an address, 503 if the store is unavailable.
pub async fn list(
    tenant: &TenantStore,
    email: Option<&str>,
    size: PageSize,
    direction: Direction,
    after: Option<Position>,
) -> Result<Page<User>> {
    let query = match email {
        None => User::by_created.all(),
        Some(email) => {
            validation::text("email", email, limit::EMAIL_LENGTH)?;
            if !has_two_sides(email) {
                return Err(Error::invalid(
                    "email",
                    "must be an e-mail address such as ada@example.com",
                ));
            }
            let mut keys = validation::former_email_keys(email);
            keys.push(validation::email_key(email));
            User::by_email.all().one_of(User::email_key, keys)
        }
    };
    Ok(tenant
        .list(query.limit(size.get()).towards(direction).after(after))
        .await?)
}

/// Returns the user with an e-mail address, in any case and Unicode form.
///
/// # Errors
/// 503 if the store is unavailable.
pub(crate) async fn find_by_email(
    tenant: &TenantStore,
    email: &str,
) -> Result<Option<Entity<User>>> {
    let mut keys = validation::former_email_keys(email);
    keys.push(validation::email_key(email));
    let most = keys.len();
    let query = User::by_email.all().one_of(User::email_key, keys);
    Ok(tenant.list(query.limit(most)).await?.items.pop())
}

/// Returns whether a user has an e-mail address, in any case and Unicode form.
#[must_use]
pub fn has_email(user: &User, email: &str) -> bool {
    let key = |email: &str| validation::email_key(email);
    user.email.as_deref().map(key) == Some(key(email))
}

/// Returns whether a text has the form of an address, including those that earlier versions stored.
fn has_two_sides(email: &str) -> bool {
    email.split_once('@').is_some_and(|(local, domain)| {
        !local.is_empty() && !domain.is_empty() && !domain.contains('@')
    })
}

/// Returns which of some users exist and are not being erased, with one read. Jobs and queues must
/// not write data of the others.
///
/// # Errors
/// Fails if the store is unavailable.
pub(crate) async fn existing_users(
    tenant: &TenantStore,
    users: &[Id<User>],
) -> Result<HashSet<Id<User>>> {
    let found = tenant.get_many_with_deleted(users).await?;
    Ok(found
        .into_iter()
        .filter(|user| user.erased_at.is_none())
        .map(|user| user.id)
        .collect())
}

/// Deactivates a user, who cannot act until reactivated. Nothing is deleted.
///
/// # Errors
/// 404 `user_not_found`.
pub async fn deactivate(
    tenant: &TenantStore,
    named: &IdOrExternalId<User>,
) -> Result<Entity<User>> {
    set_active(tenant, named, false).await
}

/// Reactivates a deactivated user.
///
/// # Errors
/// 404 `user_not_found`.
pub async fn reactivate(
    tenant: &TenantStore,
    named: &IdOrExternalId<User>,
) -> Result<Entity<User>> {
    set_active(tenant, named, true).await
}

async fn set_active(
    tenant: &TenantStore,
    named: &IdOrExternalId<User>,
    active: bool,
) -> Result<Entity<User>> {
    let user = resolve(tenant, named).await?;
    if user.is_active == active {
        return Ok(user);
    }
    let mut batch = tenant.batch();
    batch.update(
        user.id,
        Update::of(Changes::new().set(User::is_active, active)),
    );
    if !active {
        batch.increment(user.id, User::session_generation, 1, None);
    }
    tenant.commit(batch).await?;
    tenant.get(user.id).await?.ok_or_else(not_found)
}

/// Revokes the tokens of a user that were issued before `before`, or until now if it is absent.
///
/// Returns the time from which a token signed by the tenant must be issued to be accepted. A token
/// minted by this server afterwards is accepted at once. The stored time never decreases.
///
/// # Errors
/// 404 `user_not_found`, 400 if the time is in the future.
pub async fn revoke_tokens(
    tenant: &TenantStore,
    named: &IdOrExternalId<User>,
    before: Option<Timestamp>,
) -> Result<Timestamp> {
    let moment = past_moment(before, tenant.context().now())?;
    let user = resolve(tenant, named).await?;
    let mut batch = tenant.batch();
    batch.raise(user.id, User::tokens_revoked_before, moment);
    if before.is_none() {
        batch.increment(user.id, User::token_generation, 1, None);
    }
    tenant.commit(batch).await?;
    Ok(usable_from(
        user.tokens_revoked_before
            .map_or(moment, |earlier| earlier.max(moment)),
    ))
}

/// Returns the given time, or now. A future time is rejected: it would revoke tokens that do not
/// exist yet.
pub(crate) fn past_moment(before: Option<Timestamp>, now: Timestamp) -> Result<Timestamp> {
    match before {
        Some(before) if before > now => Err(Error::invalid("/before", "must not be in the future")),
        before => Ok(before.unwrap_or(now)),
    }
}

/// Returns the first second in which a token signed by the tenant may be issued after a revocation.
/// Until then, a token issued earlier by a clock that is ahead may have the same time.
pub(crate) const fn usable_from(revoked_before: Timestamp) -> Timestamp {
    let last = revoked_before.millis() + limit::signed(limit::CLOCK_SKEW_SECONDS) * 1_000;
    Timestamp::from_millis((last.div_euclid(1_000) + 1) * 1_000)
}

/// Sets the user's last connection time to now. Neither version nor `updated_at` change.
///
/// # Errors
/// 503 if the store is unavailable.
pub async fn touch_last_seen(tenant: &TenantStore, user: Id<User>) -> Result<()> {
    let mut batch = tenant.batch();
    let now = batch.now();
    batch.raise(user, User::last_seen_at, now);
    Ok(tenant.commit(batch).await?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::{World, person};

    #[tokio::test]
    async fn pages_have_no_gap_or_overlap() {
        let world = World::new();
        let acme = world.company("Acme").await.tenant;
        for at in 0..5 {
            person(&acme, &format!("user{at}")).await;
        }
        let mut seen = Vec::new();
        let mut after = None;
        loop {
            let page = list(
                &acme,
                None,
                PageSize::new(2).unwrap(),
                Direction::Backward,
                after,
            )
            .await
            .unwrap();
            seen.extend(
                page.items
                    .iter()
                    .map(|user| user.external_id.clone().unwrap().to_string()),
            );
            let Some(next) = page.next else { break };
            after = Some(next);
        }
        assert_eq!(seen, ["user4", "user3", "user2", "user1", "user0"]);
    }
}
